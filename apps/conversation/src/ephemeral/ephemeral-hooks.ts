import { Injectable } from '@nestjs/common';
import type { SendSignal } from '#contracts/ephemeral.js';
import { HooklineError } from '#contracts/errors.js';
import { usersNamedBy } from '#contracts/event.js';
import { runHooks } from '#contracts/hooks/run.js';
import type { JsonValue } from '#contracts/json-value.js';
import { audienceOf } from '#domain/timeline/visibility.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import type { ConversationHandle } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';

interface PassedEvent {
  readonly data: JsonValue;
  /** Null stands for everybody who is in. */
  readonly recipients: readonly string[] | null;
}

/** What the `messageReceived` hooks make of an ephemeral event. */
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
    { name, data }: Extract<SendSignal['said'], { kind: 'event' }>,
    { key, kind }: ConversationHandle,
  ): Promise<PassedEvent | null> {
    const participants = await this.members.participants(key, senderId, { isRoom: kind === 'room' });
    const recipients = [...(participants?.members.keys() ?? [])].filter((userId) => userId !== senderId);
    const content = { type: 'json', json: data } as const;
    const verdict = await this.hooks.ask(runHooks.messageReceived, {
      applicationId,
      conversation: { id: conversationId, kind },
      origin,
      event: { type: `custom:${name}`, senderId, content, ephemeral: true },
      recipients,
    });
    if (verdict.kind === 'drop') return null;
    if (verdict.kind === 'reject') {
      const { code, detail } = verdict;
      throw new HooklineError('rejected_by_hook', detail, { hook: { code, detail } });
    }
    const { proposal } = verdict;
    // A custom event stays JSON: see hook-engine's `messageReceived`.
    if (proposal.content.type !== 'json') throw new HooklineError('hook_engine_unavailable');
    return {
      data: proposal.content.json,
      recipients: usersNamedBy(audienceOf(recipients, proposal.recipients)),
    };
  }
}
