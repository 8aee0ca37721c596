import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { listPushNotifications } from '#contracts/push.js';
import { Answers } from '#platform/bus/answers.js';
import { NotificationsStore, type StoredNotification } from '../store/notifications.store.js';
import { decodeCursor, encodeCursor } from '#contracts/cursor.js';

type Answer = z.output<typeof listPushNotifications.answer>;

@Controller()
export class ListNotificationsController {
  constructor(private readonly notifications: NotificationsStore) {}

  /** Oldest first. */
  @Answers(listPushNotifications)
  async list({
    applicationId,
    userId,
    cursor,
    limit,
  }: z.output<typeof listPushNotifications.question>): Promise<Answer> {
    const afterId = cursor === null ? 0n : decodeCursor(cursor);
    const found = await this.notifications.list(applicationId, { userId, afterId, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const nextCursor = found.length > limit && last !== undefined ? encodeCursor(last.id) : null;
    return { notifications: page.map(view), nextCursor };
  }
}

function view({
  id,
  userId,
  conversationId,
  eventId,
  provider,
  content,
  createdAt,
}: StoredNotification): Answer['notifications'][number] {
  return {
    id: id.toString(),
    userId,
    conversationId,
    eventId,
    provider,
    payload: content.push ?? { title: content.title, body: content.body },
    createdAt: createdAt.getTime(),
  };
}
