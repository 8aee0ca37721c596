import { Controller } from '@nestjs/common';
import { sendSignal, type LiveSignal, type SendSignal } from '#contracts/ephemeral.js';
import { HooklineError } from '#contracts/errors.js';
import { jsonBytes } from '#contracts/json-value.js';
import { limits } from '#contracts/limits.js';
import { maySend } from '#domain/timeline/may-send.js';
import { Answers } from '#platform/bus/answers.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';
import { UsersStore } from '../store/users.store.js';

/** What members tell each other without storing it: one statement to see whether the sender may, and on to the gateways. */
@Controller()
export class SignalsController {
  constructor(
    private readonly conversations: ConversationsStore,
    private readonly members: MembersStore,
    private readonly users: UsersStore,
    private readonly live: LivePublisher,
  ) {}

  /** @throws HooklineError see the operation `sendEphemeralEvent` */
  @Answers(sendSignal)
  async send(question: SendSignal): Promise<object> {
    const { applicationId, conversationId, senderId, asMaster, said, sessionId } = question;
    if (said.kind === 'event' && jsonBytes(said.data) > limits.customEventDataBytes)
      throw new HooklineError('custom_event_data_too_large');
    const conversation = await this.conversations.handle(applicationId, conversationId);
    if (conversation === null) throw new HooklineError('conversation_not_found');
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
    this.live.signal(conversation.key, { sessionId, signal: signalOf(question) });
    return {};
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
