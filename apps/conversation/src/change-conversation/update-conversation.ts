import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type {
  ConversationModification,
  ConversationPatch,
  updateConversation,
} from '#contracts/conversations.js';
import { runHooks, type VerdictOf } from '#contracts/hooks/run.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { differentFields } from '#domain/conversations/conversation-changes.js';
import { HookedOperations } from '../hooks/hooked-operations.port.js';
import { OperationHooks, type Decided } from '../hooks/operation-hooks.port.js';
import { OncePerKey } from '../store/once-per-key.js';
import {
  causeOf,
  TimelineChanges,
  type ChangingConversation,
} from '../timeline-changes/timeline-changes.port.js';
import { ConversationUpdate } from './conversation-update.js';

type Question = z.output<typeof updateConversation.question>;
type Passed = Extract<VerdictOf<'conversationUpdate'>, { kind: 'deliver' }>;

/** Changes a conversation as somebody asks for it, or as the `conversationUpdate` hooks rewrite that. */
@Injectable()
export class UpdateConversation {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly updating: ConversationUpdate,
    private readonly once: OncePerKey,
    private readonly hooked: HookedOperations,
    private readonly hooks: OperationHooks,
  ) {}

  /** @throws HooklineError see the operation `updateConversation` */
  async update(question: Question): Promise<z.output<typeof updateConversation.answer>> {
    const { applicationId, conversationId, actor, origin, request, patch } = question;
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    const asked = { applicationId, request, content: { conversationId, patch } };
    let event = null as LiveEvent | null;
    const outcome = await this.hooked.run('conversationUpdate', asked, {
      ask: async () => {
        await this.timeline.rehearse(async (transaction) => {
          const state = await this.timeline.lockInAnyState(transaction, conversation);
          return this.updating.apply(transaction, conversation, state, {
            actor,
            origin,
            patch,
            rewritten: null,
          });
        });
        return this.ask(conversation, question);
      },
      act: (passed) => {
        const { rewritten, modified } = rewritingOf(passed, patch);
        return this.timeline.transaction(async (transaction) => {
          const state = await this.timeline.lockInAnyState(transaction, conversation);
          return this.once.run(transaction, asked, async () => {
            event = await this.updating.apply(transaction, conversation, state, {
              actor,
              origin,
              patch,
              rewritten,
            });
            return { modified };
          });
        });
      },
    });
    if (event !== null) this.timeline.tell([event]);
    // With a repeated key nothing was checked above, and this is what the conversation is today.
    const now = await this.updating.now(conversation, actor);
    return { ...now, modified: 'modified' in outcome ? outcome.modified : null };
  }

  private ask(
    { applicationId, id, kind }: ChangingConversation,
    { actor, origin, patch: changes }: Question,
  ): Promise<Decided<VerdictOf<'conversationUpdate'>>> {
    const conversation = { id, kind };
    const initiatorId = causeOf(actor);
    return this.hooks.ask(runHooks.conversationUpdate, {
      ...{ applicationId, conversation, origin, initiatorId, changes },
    });
  }
}

function rewritingOf(
  passed: Passed | null,
  patch: ConversationPatch,
): { readonly rewritten: ConversationPatch | null; readonly modified: ConversationModification | null } {
  if (passed === null || passed.hookIds.length === 0) return { rewritten: null, modified: null };
  const { proposal, hookIds } = passed;
  const rewritten = proposal.changes ?? {};
  return { rewritten, modified: { fields: differentFields(patch, rewritten), hookIds: [...hookIds] } };
}
