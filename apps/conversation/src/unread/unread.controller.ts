import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodeCursor, encodeCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { clearUnread, getUnread, getUnreadTotal, listUnread, type UnreadCount } from '#contracts/unread.js';
import { Answers } from '#platform/bus/answers.js';
import { RecordReceipts } from '../receipts/record-receipts.port.js';
import { UnreadStore, type Standing } from '../store/unread.store.js';
import { ConversationAccess } from '../view-conversations/access.port.js';
import { CountUnread, standingsAtOnce, unreadOf } from './count-unread.js';

/** However many conversations a user is in: so many steps, of about ten ms each, are one answer's work. */
const stepsPerAnswer = 20;

/** What members have not read. */
@Controller()
export class UnreadController {
  constructor(
    private readonly access: ConversationAccess,
    private readonly store: UnreadStore,
    private readonly counting: CountUnread,
    private readonly recording: RecordReceipts,
  ) {}

  @Answers(getUnread)
  async get({
    applicationId,
    conversationId,
    userId,
  }: z.output<typeof getUnread.question>): Promise<UnreadCount> {
    const actor = { kind: 'user', userId } as const;
    const { conversationKey } = await this.access.to('countUnread', applicationId, conversationId, actor);
    const standing = await this.store.standing(conversationKey, userId);
    if (standing === null) throw new HooklineError('receipts_not_kept');
    return unreadOf(standing, (await this.store.count(userId, [standing])).get(conversationKey));
  }

  @Answers(listUnread)
  async list({
    applicationId,
    userId,
    cursor,
    limit,
  }: z.output<typeof listUnread.question>): Promise<z.output<typeof listUnread.answer>> {
    const after = cursor === null ? 0n : decodeCursor(cursor);
    const found: (UnreadCount & { key: bigint })[] = [];
    let steps = 0;
    for await (const { position, standings } of this.counting.steps(applicationId, userId, after)) {
      found.push(...(await this.counting.unreadOf(userId, standings)));
      steps += 1;
      // One more than asked for tells whether there is more.
      if (found.length > limit) return pageOf(found.slice(0, limit), found[limit - 1]?.key ?? position);
      if (steps >= stepsPerAnswer) return pageOf(found, position);
    }
    return pageOf(found, null);
  }

  @Answers(getUnreadTotal)
  async total({
    applicationId,
    userId,
  }: z.output<typeof getUnreadTotal.question>): Promise<z.output<typeof getUnreadTotal.answer>> {
    const total = { conversations: 0, messages: 0, isCapped: false };
    let steps = 0;
    for await (const { standings } of this.counting.steps(applicationId, userId, 0n)) {
      if (steps >= stepsPerAnswer) return { ...total, isCapped: true };
      steps += 1;
      for (const { unread, isCapped } of await this.counting.unreadOf(userId, standings)) {
        total.conversations += 1;
        total.messages += unread;
        total.isCapped ||= isCapped;
      }
    }
    return total;
  }

  @Answers(clearUnread)
  async clear({
    applicationId,
    userId,
  }: z.output<typeof clearUnread.question>): Promise<z.output<typeof clearUnread.answer>> {
    let conversations = 0;
    let position = 0n;
    for (let portion = 0; portion < stepsPerAnswer;) {
      const standings = await this.store.standings(applicationId, userId, position, standingsAtOnce);
      const unread = standings.filter(({ lastSeq, readSeq }) => lastSeq > readSeq);
      const read = await Promise.all(unread.map((standing) => this.read(applicationId, userId, standing)));
      conversations += read.filter(Boolean).length;
      if (standings.length < standingsAtOnce) return { conversations, isComplete: true };
      position = standings.at(-1)?.conversationKey ?? position;
      // What was cleared before costs next to nothing, so that whoever asks again gets further.
      if (unread.length > 0) portion += 1;
    }
    return { conversations, isComplete: false };
  }

  /** False: the user has left meanwhile, or the conversation is gone. */
  private async read(
    applicationId: string,
    userId: string,
    { conversationKey, conversationId, lastSeq }: Standing,
  ): Promise<boolean> {
    try {
      await this.recording.record({
        ...{ applicationId, conversationKey, conversationId, userId },
        delivered: null,
        read: lastSeq,
      });
      return true;
    } catch (error) {
      const isOver =
        error instanceof HooklineError && ['not_a_member', 'conversation_not_found'].includes(error.code);
      if (isOver) return false;
      throw error;
    }
  }
}

function pageOf(
  found: readonly (UnreadCount & { key: bigint })[],
  position: bigint | null,
): z.output<typeof listUnread.answer> {
  return {
    conversations: found.map(({ key: _key, ...unread }) => unread),
    nextCursor: position === null ? null : encodeCursor(position),
  };
}
