import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodeCursor, encodeCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { countMembers, listMembersOf, listSubscriptions } from '#contracts/members.js';
import { Answers } from '#platform/bus/answers.js';
import { MemberListsStore } from '../store/member-lists.store.js';

/** What servers ask about many conversations at once: plain reading. */
@Controller()
export class MemberListsController {
  constructor(private readonly lists: MemberListsStore) {}

  @Answers(listMembersOf)
  membersOf({
    applicationId,
    conversationIds,
  }: z.output<typeof listMembersOf.question>): Promise<z.output<typeof listMembersOf.answer>> {
    return this.lists.membersOf(applicationId, conversationIds);
  }

  /** @throws HooklineError conversation_not_found */
  @Answers(countMembers)
  async count({
    applicationId,
    conversationId,
  }: z.output<typeof countMembers.question>): Promise<z.output<typeof countMembers.answer>> {
    const count = await this.lists.countOf(applicationId, conversationId);
    if (count === null) throw new HooklineError('conversation_not_found');
    return { count };
  }

  @Answers(listSubscriptions)
  async subscriptions({
    applicationId,
    userId,
    cursor,
  }: z.output<typeof listSubscriptions.question>): Promise<z.output<typeof listSubscriptions.answer>> {
    const after = cursor === null ? 0n : decodeCursor(cursor);
    const { subscriptions, next } = await this.lists.subscriptionsOf(applicationId, userId, after);
    return { subscriptions, nextCursor: next === null ? null : encodeCursor(next) };
  }
}
