import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { sendSignal, type LiveSignal, type SendSignal } from '#contracts/ephemeral.js';
import { HooklineError } from '#contracts/errors.js';
import { jsonBytes } from '#contracts/json-value.js';
import { limits } from '#contracts/limits.js';
import { maySend } from '#domain/timeline/may-send.js';
import { Answers } from '#platform/bus/answers.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { ConversationsStore, type ConversationHandle } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';
import { UsersStore } from '../store/users.store.js';
import { EphemeralHooks } from './ephemeral-hooks.js';

/**
 * What members tell each other without storing it: one statement to see whether the sender may, and on to the gateways.
 * Events pass the `messageReceived` hooks in between.
 */
@Controller()
export class SignalsController {
  constructor(
    private readonly conversations: ConversationsStore,
    private readonly members: MembersStore,
    private readonly users: UsersStore,
    private readonly live: LivePublisher,
    private readonly hooks: EphemeralHooks,
  ) {}

  /** @throws HooklineError see the operation `sendEphemeralEvent` */
  @Answers(sendSignal)
  async send(question: SendSignal): Promise<z.output<typeof sendSignal.answer>> {
    const { applicationId, conversationId, said, sessionId } = question;
    if (said.kind === 'event' && jsonBytes(said.data) > limits.customEventDataBytes)
      throw new HooklineError('custom_event_data_too_large');
    const conversation = await this.conversations.handle(applicationId, conversationId);
    if (conversation === null) throw new HooklineError('conversation_not_found');
    await this.require(question, conversation);
    let recipients: readonly string[] | null = null;
    let told = said;
    if (said.kind === 'event' && (await this.hooks.concern(applicationId))) {
      const passed = await this.hooks.pass(question, said, conversation);
      if (passed === null) return { isDropped: true };
      // Hooks may take seconds.
      await this.require(question, conversation);
      told = { ...said, data: passed.data };
      ({ recipients } = passed);
    }
    const signal = signalOf({ ...question, said: told });
    this.live.signal(conversation.key, { sessionId, recipients, signal });
    return { isDropped: false };
  }

  /** @throws HooklineError when the sender may not say it */
  private async require(
    { applicationId, senderId, asMaster, said }: SendSignal,
    conversation: ConversationHandle,
  ): Promise<void> {
    const { state, member } = await this.members.speaker(conversation, senderId);
    // Whoever was silenced while typing may still stop.
    const isStopping = said.kind === 'typing' && !said.isOn;
    const decision = maySend({
      conversationState: state,
      conversationExpiresAt: conversation.expiresAt,
      member: isStopping && member !== null ? { ...member, silencedUntil: null } : member,
      asMaster,
      now: Date.now(),
    });
    if (decision.kind === 'refused') throw new HooklineError(decision.reason);
    // A member exists; only the master key can name a sender who does not.
    if (asMaster && (await this.users.find(applicationId, senderId)) === null)
      throw new HooklineError('user_not_found');
  }
}

function signalOf({ conversationId, senderId, said }: SendSignal): LiveSignal['signal'] {
  if (said.kind === 'event') {
    const { name, data } = said;
    const payload = { conversationId, senderId, name, data, timestamp: Date.now() };
    return { name: 'ephemeral_event', payload };
  }
  const payload = { conversationId, userId: senderId };
  return { name: said.isOn ? 'conversation.typing_on' : 'conversation.typing_off', payload };
}
