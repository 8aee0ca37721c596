import { Injectable } from '@nestjs/common';
import { sendEphemeralEvent } from '#contracts/ephemeral.js';
import { HooklineError } from '#contracts/errors.js';
import type { PushPayload } from '#contracts/hooks/answers.js';
import { contentOfMessage } from '#contracts/leancloud/content.js';
import { leanCloudLimits } from '#contracts/leancloud/limits.js';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import type { Mentions } from '#contracts/message-content.js';
import { Bus } from '#platform/bus/bus.js';
import { CommandSender } from '../../commands/command-sender.port.js';
import { KnownUsers } from './known-users.js';
import { droppedIn } from './leancloud-errors.port.js';
import { originOf, type Requested } from './requested.js';

export interface NewMessage {
  readonly conversationId: string;
  readonly from: string;
  readonly message: string;
  readonly isTransient: boolean;
  readonly mentions?: Mentions;
  /** Whom alone it is for, in a service; absent: everybody who is in. */
  readonly to?: readonly string[] | undefined;
  /** It is for all users, and transient. */
  readonly isForAll?: boolean;
  /** What devices get of those who are absent. */
  readonly push: PushPayload | undefined;
}

/** How LeanCloud's API names what was sent. */
export interface Sent {
  readonly 'msg-id': string;
  readonly timestamp: number;
}

/** A server speaks for anybody: whether the sender is in is not asked, as at LeanCloud. */
@Injectable()
export class MessageSender {
  constructor(
    private readonly bus: Bus,
    private readonly commands: CommandSender,
    private readonly users: KnownUsers,
  ) {}

  /** @throws LeanCloudError 4402 when a hook drops it. @throws HooklineError message_too_large among others */
  async send(
    request: Pick<Requested, 'caller' | 'address' | 'idempotency'>,
    sent: NewMessage,
  ): Promise<Sent> {
    requireSize(sent);
    const { applicationId } = request.caller;
    return this.users.with(applicationId, [sent.from, ...(sent.to ?? [])], () =>
      sent.isTransient ? this.transient(request, sent) : this.stored(request, sent),
    );
  }

  private async stored(
    request: Pick<Requested, 'caller' | 'address' | 'idempotency'>,
    { conversationId, from, message, mentions, to, push }: NewMessage,
  ): Promise<Sent> {
    const outcome = await this.commands.sendTranslated({
      applicationId: request.caller.applicationId,
      conversationId,
      senderId: from,
      asMaster: true,
      draft: { kind: 'message', content: contentOfMessage(message), ...(mentions && { mentions }) },
      request: request.idempotency,
      origin: originOf(request),
      ...(to && { to: [...to] }),
      ...(push && { push }),
    });
    if (outcome.outcome === 'dropped') throw droppedIn('sending');
    return { 'msg-id': messageIdOf(outcome.eventId), timestamp: outcome.timestamp };
  }

  private async transient(
    request: Pick<Requested, 'caller' | 'address'>,
    { conversationId, from, message, to, isForAll }: NewMessage,
  ): Promise<Sent> {
    const { isDropped, id, timestamp } = await this.bus.ask(sendEphemeralEvent, {
      applicationId: request.caller.applicationId,
      conversationId,
      senderId: from,
      asMaster: true,
      sessionId: null,
      origin: originOf(request),
      ...(to && { to: [...to] }),
      ...(isForAll === true && { isForAll }),
      said: { kind: 'message', content: contentOfMessage(message) },
    });
    if (isDropped) throw droppedIn('sending');
    return { 'msg-id': messageIdOf(id), timestamp };
  }
}

/** @throws HooklineError message_too_large */
export function requireSize({ message, push }: Pick<NewMessage, 'message' | 'push'>): void {
  const pushed = push === undefined ? '' : JSON.stringify(push);
  if (Buffer.byteLength(message) + Buffer.byteLength(pushed) > leanCloudLimits.messageBytes)
    throw new HooklineError(
      'message_too_large',
      `A message has at most ${String(leanCloudLimits.messageBytes)} bytes, with what is pushed for it`,
    );
}
