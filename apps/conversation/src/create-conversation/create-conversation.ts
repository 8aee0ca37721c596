import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { createConversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { runHooks, type VerdictOf } from '#contracts/hooks/run.js';
import { isService } from '#domain/conversations/service.js';
import { changedMeanwhile, HookedOperations } from '../hooks/hooked-operations.port.js';
import { OperationHooks, type Decided } from '../hooks/operation-hooks.port.js';
import { OncePerKey } from '../store/once-per-key.js';
import { TimelineChanges } from '../timeline-changes/timeline-changes.port.js';
import { membersOf, NewConversations, type Created, type NewConversation } from './new-conversations.js';

type Question = z.output<typeof createConversation.question>;

/** Creates a conversation after the `conversationStart` hooks, or finds the one that is unique, for which none is asked. */
@Injectable()
export class CreateConversation {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly creation: NewConversations,
    private readonly once: OncePerKey,
    private readonly hooked: HookedOperations,
    private readonly hooks: OperationHooks,
  ) {}

  /** @throws HooklineError see the operation `createConversation` */
  async create(question: Question): Promise<z.output<typeof createConversation.answer>> {
    const { applicationId, actor, origin, request, conversation: wanted } = question;
    if (actor.kind === 'user' && isService(wanted.kind))
      throw new HooklineError('forbidden', 'Services are created with the master key');
    const ownerId = actor.kind === 'user' ? actor.userId : (wanted.ownerId ?? null);
    const asked = { applicationId, request, content: { ownerId, wanted } };
    const id = wanted.id ?? uuidv7();
    const wish: NewConversation = { applicationId, actor, origin, id, ownerId, wanted };
    let wasFound = false;
    let created = null as Created | null;
    const outcome = await this.hooked.run('conversationStart', asked, {
      ask: async () => {
        const { isNew } = await this.timeline.rehearse((transaction) =>
          this.creation.create(transaction, wish),
        );
        wasFound = !isNew;
        return wasFound ? null : this.ask(question, wish);
      },
      act: () =>
        this.timeline.transaction((transaction) =>
          this.once.run(transaction, asked, async () => {
            created = await this.creation.create(transaction, wish);
            // It was deleted a moment ago.
            if (wasFound && created.isNew) throw changedMeanwhile();
            return { id: created.conversation.id, isNew: created.isNew };
          }),
        ),
    });
    // No hook of conversations can drop.
    if (!('id' in outcome)) throw new HooklineError('hook_engine_unavailable');
    const { isNew } = outcome;
    if (created !== null) this.creation.tell(created);
    // The first outcome is answered again as long as there is something to answer.
    return {
      conversation: created?.conversation ?? (await this.creation.now(applicationId, outcome.id, actor)),
      isNew,
    };
  }

  private ask(
    { applicationId, actor, origin }: Question,
    { id, ownerId, wanted }: NewConversation,
  ): Promise<Decided<VerdictOf<'conversationStart'>>> {
    const { kind, name = null, attributes } = wanted;
    const members = membersOf(wanted, ownerId).map(({ userId }) => userId);
    return this.hooks.ask(runHooks.conversationStart, {
      applicationId,
      conversation: { id, kind, attributes },
      origin,
      initiatorId: actor.kind === 'user' ? actor.userId : null,
      name,
      members: [...new Set([...(ownerId === null ? [] : [ownerId]), ...members])],
    });
  }
}
