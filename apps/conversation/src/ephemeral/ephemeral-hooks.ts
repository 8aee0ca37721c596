import { Injectable } from '@nestjs/common';
import type { SendSignal } from '#contracts/ephemeral.js';
import { HooklineError } from '#contracts/errors.js';
import { usersNamedBy } from '#contracts/event.js';
import { runHooks } from '#contracts/hooks/run.js';
import type { MessageContent } from '#contracts/message-content.js';
import { narrowed, type Audience } from '#domain/timeline/visibility.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import type { ConversationHandle } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';

/** What is not only that somebody is typing. */
export type Said = Exclude<SendSignal['said'], { kind: 'typing' }>;

interface Passed {
  readonly said: Said;
  readonly audience: Audience;
}

/** What the `messageReceived` hooks make of an ephemeral event or message. */
@Injectable()
export class EphemeralHooks {
  constructor(
    private readonly hooks: OperationHooks,
    private readonly members: MembersStore,
  ) {}

  /** No registered hook costs no hop. @throws HooklineError hook_engine_unavailable */
  concern(applicationId: string): Promise<boolean> {
    return this.hooks.concern(applicationId, 'messageReceived');
  }

  /** @returns null when a hook dropped it. @throws HooklineError rejected_by_hook, hook_failed, hook_engine_unavailable */
  async pass(
    { applicationId, conversationId, senderId, origin }: SendSignal,
    said: Said,
    { key, kind }: ConversationHandle,
    asked: Audience,
  ): Promise<Passed | null> {
    const named = usersNamedBy(asked, kind);
    const participants =
      named ?? (await this.members.participants(key, senderId, kind))?.members.keys() ?? [];
    const recipients = [...participants].filter((userId) => userId !== senderId);
    const verdict = await this.hooks.ask(runHooks.messageReceived, {
      applicationId,
      conversation: { id: conversationId, kind },
      origin,
      event: { ...shown(said), senderId, ephemeral: true },
      recipients,
    });
    if (verdict.kind === 'drop') return null;
    if (verdict.kind === 'reject') {
      const { code, detail } = verdict;
      throw new HooklineError('rejected_by_hook', detail, { hook: { code, detail } });
    }
    const { proposal } = verdict;
    return {
      said: rewritten(said, proposal.content),
      // A broadcast is for all or for none, as one that is stored.
      audience: asked.kind === 'broadcast' ? asked : narrowed(asked, recipients, proposal.recipients),
    };
  }
}

function shown(said: Said): { type: 'message' | `custom:${string}`; content: MessageContent } {
  return said.kind === 'message'
    ? { type: 'message', content: said.content }
    : { type: `custom:${said.name}`, content: { type: 'json', json: said.data } };
}

/** A custom event stays JSON: see hook-engine's `messageReceived`. @throws HooklineError hook_engine_unavailable */
function rewritten(said: Said, content: MessageContent): Said {
  if (said.kind === 'message') return { ...said, content };
  if (content.type !== 'json') throw new HooklineError('hook_engine_unavailable');
  return { ...said, data: content.json };
}
