import { Controller } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { sendSignal, type LiveSignal, type SendSignal } from '#contracts/ephemeral.js';
import { HooklineError } from '#contracts/errors.js';
import { jsonBytes } from '#contracts/json-value.js';
import { limits } from '#contracts/limits.js';
import { contentBytes } from '#contracts/message-content.js';
import { usersNamedBy, type Audience } from '#contracts/event.js';
import type { StreamEvent } from '#contracts/stream.js';
import { isService } from '#domain/conversations/service.js';
import { maySend } from '#domain/timeline/may-send.js';
import { Answers } from '#platform/bus/answers.js';
import { audienceAsked } from '../send-event/addressing.port.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { ConversationsStore, type ConversationHandle } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';
import { UsersStore } from '../store/users.store.js';
import { EphemeralHooks, type Said } from './ephemeral-hooks.js';

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
    const { applicationId, conversationId, said } = question;
    if (said.kind !== 'typing') requireSize(said);
    const conversation = await this.conversations.handle(applicationId, conversationId);
    if (conversation === null) throw new HooklineError('conversation_not_found');
    if (said.kind === 'typing' && isService(conversation.kind))
      throw new HooklineError('wrong_conversation_kind');
    await this.require(question, conversation);
    let audience = audienceOf(question, conversation.kind);
    let told = said;
    if (said.kind !== 'typing' && (await this.hooks.concern(applicationId))) {
      const passed = await this.hooks.pass(question, said, conversation, audience);
      if (passed === null) return { isDropped: true, ...newName() };
      // Hooks may take seconds.
      await this.require(question, conversation);
      ({ said: told, audience } = passed);
    }
    const name = newName();
    const signal = signalOf({ ...question, said: told }, name);
    this.tell(signal, question, conversation, audience);
    if (signal.name === 'ephemeral_message' && isService(conversation.kind) && !question.asMaster)
      this.live.toServiceWebhooks(inquiryOf(signal.payload, question, conversation, audience));
    // Typing is said often: whoever speaks another protocol has no such webhooks of its own to tell.
    if (question.origin.dialect === 'vonage')
      this.live.toVonageWebhooks({
        ...{ applicationId, conversationId, timestamp: name.timestamp },
        ...{ conversationKey: String(conversation.key), conversationKind: conversation.kind },
        happened: { kind: 'said', signal },
      });
    return { isDropped: false, ...name };
  }

  /** A service's users hear what is for them by themselves: whoever follows it would hear what is for others. */
  private tell(
    signal: LiveSignal['signal'],
    { applicationId, senderId, sessionId }: SendSignal,
    { key, kind }: ConversationHandle,
    audience: Audience,
  ): void {
    if (audience.kind === 'broadcast')
      this.live.toApplication(applicationId, {
        kind: 'signal',
        signal: { sessionId, recipients: null, signal },
      });
    else if (audience.kind === 'listed' && isService(kind)) {
      const others = audience.userIds.filter((userId) => userId !== senderId);
      this.live.signalTo(applicationId, others, { sessionId, recipients: others, signal });
    } else this.live.signal(key, { sessionId, recipients: usersNamedBy(audience, 'group'), signal });
  }

  /** @throws HooklineError when the sender may not say it */
  private async require(
    { applicationId, senderId, asMaster, to = [], said }: SendSignal,
    conversation: ConversationHandle,
  ): Promise<void> {
    const { state, member, isBlockedHere } = await this.members.speaker(conversation, senderId);
    // Whoever was silenced while typing may still stop.
    const isStopping = said.kind === 'typing' && !said.isOn;
    const decision = maySend({
      conversationState: state,
      conversationExpiresAt: conversation.expiresAt,
      isOpenToAll: isService(conversation.kind),
      isBlockedHere,
      member: isStopping && member !== null ? { ...member, silencedUntil: null } : member,
      asMaster,
      now: Date.now(),
    });
    if (decision.kind === 'refused') throw new HooklineError(decision.reason);
    // A member exists; only the master key can name a sender who does not.
    if (asMaster && (await this.users.find(applicationId, senderId)) === null)
      throw new HooklineError('user_not_found');
    if (to.length > 0) await this.users.require(applicationId, to);
  }
}

/** @throws HooklineError forbidden, wrong_conversation_kind */
function audienceOf(question: SendSignal, kind: string): Audience {
  if (question.isForAll !== true) return audienceAsked(question, kind);
  if (!question.asMaster) throw new HooklineError('forbidden');
  if (!isService(kind)) throw new HooklineError('wrong_conversation_kind');
  return { kind: 'broadcast' };
}

/** As if it were stored: webhooks know it in no other form. */
function inquiryOf(
  payload: Extract<LiveSignal['signal'], { name: 'ephemeral_message' }>['payload'],
  { applicationId, origin }: SendSignal,
  { key, kind }: ConversationHandle,
  audience: Audience,
): StreamEvent {
  const conversation = { conversationKey: String(key), conversationKind: kind };
  const event = { ...payload, seq: 0, type: 'message' as const };
  return { applicationId, ...conversation, audience, isInquiry: true, origin, event };
}

/** What tells an ephemeral message from others, and when it was told. */
interface Name {
  readonly id: string;
  readonly timestamp: number;
}

function newName(): Name {
  return { id: uuidv7(), timestamp: Date.now() };
}

function signalOf(
  { conversationId, senderId, said }: SendSignal,
  { id, timestamp }: Name,
): LiveSignal['signal'] {
  switch (said.kind) {
    case 'event': {
      const { name, data } = said;
      return { name: 'ephemeral_event', payload: { conversationId, senderId, name, data, timestamp } };
    }
    case 'message': {
      const payload = { id, conversationId, senderId, content: said.content, timestamp };
      return { name: 'ephemeral_message', payload };
    }
    case 'typing': {
      const payload = { conversationId, userId: senderId };
      return { name: said.isOn ? 'conversation.typing_on' : 'conversation.typing_off', payload };
    }
  }
}

/** @throws HooklineError custom_event_data_too_large, message_too_large */
function requireSize(said: Said): void {
  if (said.kind === 'event' && jsonBytes(said.data) > limits.customEventDataBytes)
    throw new HooklineError('custom_event_data_too_large');
  if (said.kind === 'message' && contentBytes(said.content) > limits.messageBytes)
    throw new HooklineError('message_too_large');
}
