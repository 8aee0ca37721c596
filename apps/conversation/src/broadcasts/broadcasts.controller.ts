import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import {
  broadcastHeads,
  broadcastsGiven,
  deleteBroadcast,
  listBroadcasts,
  readBroadcasts,
  sendBroadcast,
  type BroadcastOutcome,
  type SendBroadcast as SendQuestion,
} from '#contracts/broadcasts.js';
import { decodeCursor, encodeCursor } from '#contracts/cursor.js';
import { Answers } from '#platform/bus/answers.js';
import { BroadcastCursorsStore } from '../store/broadcast-cursors.store.js';
import { BroadcastsStore } from '../store/broadcasts.store.js';
import { BroadcastChanges } from './broadcast-changes.js';
import { DeleteBroadcast } from './delete-broadcast.js';
import { SendBroadcast } from './send-broadcast.js';

@Controller()
export class BroadcastsController {
  constructor(
    private readonly sending: SendBroadcast,
    private readonly deletion: DeleteBroadcast,
    private readonly changes: BroadcastChanges,
    private readonly broadcasts: BroadcastsStore,
    private readonly cursors: BroadcastCursorsStore,
  ) {}

  @Answers(sendBroadcast)
  send(question: SendQuestion): Promise<BroadcastOutcome> {
    return this.sending.send(question);
  }

  @Answers(deleteBroadcast)
  delete(question: z.output<typeof deleteBroadcast.question>): Promise<object> {
    return this.deletion.delete(question);
  }

  @Answers(listBroadcasts)
  async list({
    applicationId,
    conversationId,
    cursor,
    limit,
  }: z.output<typeof listBroadcasts.question>): Promise<z.output<typeof listBroadcasts.answer>> {
    const service =
      conversationId === null ? null : await this.changes.service(applicationId, conversationId);
    const { broadcasts, next } = await this.broadcasts.list({
      applicationId,
      conversationKey: service?.key ?? null,
      before: cursor === null ? null : decodeCursor(cursor),
      limit,
    });
    return {
      broadcasts: broadcasts.flatMap(({ validTill, live: { event } }) =>
        event.type === 'message' ? [{ validTill, event }] : [],
      ),
      nextCursor: next === null ? null : encodeCursor(next),
    };
  }

  @Answers(readBroadcasts)
  read({
    applicationId,
    after,
    limit,
    newest,
  }: z.output<typeof readBroadcasts.question>): Promise<z.output<typeof readBroadcasts.answer>> {
    return this.broadcasts.after(applicationId, after, limit, newest);
  }

  @Answers(broadcastHeads)
  async heads({
    applicationIds,
  }: z.output<typeof broadcastHeads.question>): Promise<z.output<typeof broadcastHeads.answer>> {
    return { heads: await this.broadcasts.heads(applicationIds) };
  }

  @Answers(broadcastsGiven)
  async given({ given }: z.output<typeof broadcastsGiven.question>): Promise<object> {
    await this.cursors.give(given);
    return {};
  }
}
