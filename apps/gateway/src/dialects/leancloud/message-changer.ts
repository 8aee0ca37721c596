import { Injectable } from '@nestjs/common';
import type { MessageEvent } from '#contracts/event.js';
import { HooklineError } from '#contracts/errors.js';
import { getEvent } from '#contracts/history.js';
import { contentOfMessage } from '#contracts/leancloud/content.js';
import { eventIdOf } from '#contracts/leancloud/message-id.js';
import { deleteMessage, recallMessage, updateMessage } from '#contracts/message-changes.js';
import { Bus } from '#platform/bus/bus.js';
import { droppedIn } from './leancloud-errors.port.js';
import { requireSize } from './message-sender.js';
import { changeBy, readBy, type Requested } from './requested.js';

type Request = Pick<Requested, 'caller' | 'address' | 'idempotency'>;

/** Which message is meant: what a caller says of it has to be true. */
export interface Meant {
  readonly conversationId: string;
  /** In either form. */
  readonly messageId: string;
  /** Null: nobody says. */
  readonly from: string | null;
  /** ms */
  readonly timestamp: number;
}

/** What becomes of messages after they were sent. */
@Injectable()
export class MessageChanger {
  constructor(private readonly bus: Bus) {}

  /** @throws LeanCloudError 4405. @throws HooklineError event_not_found, not_the_sender among others */
  async update(request: Request, meant: Meant, message: string): Promise<void> {
    requireSize({ message, push: undefined });
    const target = await this.target(request, meant);
    const content = contentOfMessage(message);
    const { outcome } = await this.bus.ask(updateMessage, { ...changeBy(request), ...target, content });
    if (outcome === 'dropped') throw droppedIn('changing');
  }

  /** @throws LeanCloudError 4405. @throws HooklineError event_not_found, not_the_sender among others */
  async recall(request: Request, meant: Meant): Promise<void> {
    const target = await this.target(request, meant);
    const answer = await this.bus.ask(recallMessage, { ...changeBy(request), ...target });
    if ('outcome' in answer) throw droppedIn('changing');
  }

  /** Clients that have it are told nothing. @throws HooklineError event_not_found, not_the_sender */
  async delete(request: Request, meant: Meant): Promise<void> {
    const target = await this.target(request, meant);
    await this.bus.ask(deleteMessage, { ...changeBy(request), ...target, readerId: null });
  }

  /** @throws HooklineError event_not_found, not_the_sender */
  async target(
    request: Pick<Request, 'caller'>,
    { conversationId, messageId, from, timestamp }: Meant,
  ): Promise<{ conversationId: string; eventId: string }> {
    const event = await this.message(request, conversationId, messageId);
    if (event.timestamp !== timestamp)
      throw new HooklineError('event_not_found', 'The message has another timestamp');
    if (from !== null && event.senderId !== from)
      throw new HooklineError('not_the_sender', 'Another client has sent it');
    return { conversationId, eventId: event.id };
  }

  /** @throws HooklineError event_not_found */
  private async message(
    request: Pick<Request, 'caller'>,
    conversationId: string,
    messageId: string,
  ): Promise<MessageEvent> {
    const eventId = eventIdOf(messageId);
    if (eventId === null) throw new HooklineError('event_not_found');
    const event = await this.bus.ask(getEvent, { ...readBy(request), conversationId, eventId });
    if (event.type !== 'message') throw new HooklineError('event_not_found');
    return event;
  }
}
