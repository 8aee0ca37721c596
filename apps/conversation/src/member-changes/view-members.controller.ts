import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodeCursor, decodeTextCursor, encodeCursor, encodeTextCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { getMember, listInvitations, listMembers, type Member } from '#contracts/members.js';
import { Answers } from '#platform/bus/answers.js';
import { RoomsStore } from '../store/rooms.store.js';
import { memberOf, StaysStore } from '../store/stays.store.js';
import { ConversationAccess, requireAccess } from '../view-conversations/access.port.js';

/** Plain reading: no use case of its own, the stores do it. */
@Controller()
export class ViewMembersController {
  constructor(
    private readonly access: ConversationAccess,
    private readonly stays: StaysStore,
    private readonly rooms: RoomsStore,
  ) {}

  @Answers(listMembers)
  async list(question: z.output<typeof listMembers.question>): Promise<z.output<typeof listMembers.answer>> {
    const { applicationId, conversationId, actor, cursor, limit, state, role } = question;
    const { conversationKey, kind } = await this.access.to(
      'listMembers',
      applicationId,
      conversationId,
      actor,
    );
    const after = cursor === null ? '' : decodeTextCursor(cursor);
    const stays =
      kind === 'room'
        ? await this.attending(conversationKey, { state, role }, after, limit)
        : await this.stays.page(conversationKey, { state, role }, after, limit);
    const page = stays.slice(0, limit).map(memberOf);
    const last = page.at(-1);
    return { members: page, nextCursor: stays.length > limit && last ? encodeTextCursor(last.userId) : null };
  }

  /** A user's own membership also while it is only invited. */
  @Answers(getMember)
  async get({
    applicationId,
    conversationId,
    actor,
    userId,
  }: z.output<typeof getMember.question>): Promise<Member> {
    const access = await this.access.of(applicationId, conversationId, actor);
    const { conversationKey, user } = access;
    const isOwn = user?.userId === userId;
    const stay = await this.stays.find(conversationKey, userId);
    if (!(isOwn && stay !== null)) requireAccess('listMembers', access);
    if (stay === null) throw new HooklineError('member_not_found');
    return isOwn || user === null ? stay : memberOf(stay);
  }

  @Answers(listInvitations)
  async invitations({
    applicationId,
    userId,
    cursor,
    limit,
  }: z.output<typeof listInvitations.question>): Promise<z.output<typeof listInvitations.answer>> {
    const after = cursor === null ? 0n : decodeCursor(cursor);
    const { invitations, lastKey } = await this.stays.invitations(applicationId, userId, after, limit);
    return { invitations: [...invitations], nextCursor: lastKey === null ? null : encodeCursor(lastKey) };
  }

  /** Whoever attends a room is there as a member. */
  private async attending(
    conversationKey: bigint,
    { state, role }: { readonly state: Member['state'] | null; readonly role: Member['role'] | null },
    after: string,
    limit: number,
  ): Promise<readonly Member[]> {
    if (state === 'invited' || (role !== null && role !== 'member')) return [];
    return this.rooms.page(conversationKey, after, limit);
  }
}
