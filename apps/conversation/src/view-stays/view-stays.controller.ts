import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodeCursor, decodeIdCursor, encodeCursor, encodeIdCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { findStays, listStays, listStaysOfUser } from '#contracts/stays.js';
import { Answers } from '#platform/bus/answers.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { StayListsStore } from '../store/stay-lists.store.js';
import { ConversationAccess } from '../view-conversations/access.port.js';

/** Plain reading: no use case of its own, the store does it. */
@Controller()
export class ViewStaysController {
  constructor(
    private readonly access: ConversationAccess,
    private readonly conversations: ConversationsStore,
    private readonly stays: StayListsStore,
  ) {}

  /** @throws HooklineError conversation_not_found, not_a_member, wrong_conversation_kind, invalid_cursor */
  @Answers(listStays)
  async list(question: z.output<typeof listStays.question>): Promise<z.output<typeof listStays.answer>> {
    const { applicationId, conversationId, actor, states, order, cursor, limit } = question;
    const access = await this.access.to('listMembers', applicationId, conversationId, actor);
    if (access.kind === 'room' || access.kind === 'system')
      throw new HooklineError('wrong_conversation_kind');
    const after = cursor === null ? null : decodeIdCursor(cursor);
    const stays = await this.stays.list(access.conversationKey, { states, order, after, limit });
    const page = stays.slice(0, limit);
    const last = page.at(-1);
    return { stays: page, nextCursor: stays.length > limit && last ? encodeIdCursor(last.id) : null };
  }

  /** @throws HooklineError conversation_not_found */
  @Answers(findStays)
  async find({
    applicationId,
    conversationId,
    by,
  }: z.output<typeof findStays.question>): Promise<z.output<typeof findStays.answer>> {
    const handle = await this.conversations.handle(applicationId, conversationId);
    if (handle === null) throw new HooklineError('conversation_not_found');
    const stays =
      'ids' in by
        ? await this.stays.byIds(handle.key, by.ids)
        : await this.stays.presentOf(handle.key, by.userIds);
    return { stays };
  }

  /** @throws HooklineError invalid_cursor */
  @Answers(listStaysOfUser)
  async ofUser(
    question: z.output<typeof listStaysOfUser.question>,
  ): Promise<z.output<typeof listStaysOfUser.answer>> {
    const { applicationId, userId, states, order, cursor, limit } = question;
    const after = cursor === null ? null : decodeCursor(cursor);
    const { stays, last } = await this.stays.ofUser(applicationId, userId, { states, order, after, limit });
    return { stays, nextCursor: last === null ? null : encodeCursor(last) };
  }
}
