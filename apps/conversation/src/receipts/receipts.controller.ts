import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodeIdCursor, encodeIdCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { seenEventOf, usersNamedBy } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import {
  getEventReceipts,
  listReceipts,
  recordReceipt,
  type RecordReceipt,
  type WatermarksView,
} from '#contracts/receipts.js';
import { isVisible } from '#domain/timeline/visibility.js';
import { Answers } from '#platform/bus/answers.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { ReceiptsStore } from '../store/receipts.store.js';
import { TimelineStore } from '../store/timeline.store.js';
import { ConversationAccess } from '../view-conversations/access.port.js';
import { RecordReceipts } from './record-receipts.port.js';

/** Receipts are kept where members are: in a room, membership comes and goes with sessions. */
@Controller()
export class ReceiptsController {
  constructor(
    private readonly access: ConversationAccess,
    private readonly conversations: ConversationsStore,
    private readonly receipts: ReceiptsStore,
    private readonly timeline: TimelineStore,
    private readonly recording: RecordReceipts,
  ) {}

  @Answers(recordReceipt)
  async record(question: RecordReceipt): Promise<WatermarksView> {
    const { applicationId, conversationId, userId, delivered, read } = question;
    const conversationKey = await this.kept(applicationId, conversationId);
    return this.recording.record({ applicationId, conversationKey, conversationId, userId, delivered, read });
  }

  @Answers(listReceipts)
  async list(
    question: z.output<typeof listReceipts.question>,
  ): Promise<z.output<typeof listReceipts.answer>> {
    const { applicationId, conversationId, actor, cursor, limit } = question;
    const after = cursor === null ? null : decodeIdCursor(cursor);
    const { conversationKey } = await this.access.to('readReceipts', applicationId, conversationId, actor);
    await this.kept(applicationId, conversationId);
    const { receipts, last } = await this.receipts.list(conversationKey, after, limit);
    return { receipts, nextCursor: last === null ? null : encodeIdCursor(last) };
  }

  @Answers(getEventReceipts)
  async ofEvent(
    question: z.output<typeof getEventReceipts.question>,
  ): Promise<z.output<typeof getEventReceipts.answer>> {
    const { applicationId, conversationId, actor, eventId } = question;
    const { conversationKey, kind, user } = await this.access.to(
      'readReceipts',
      applicationId,
      conversationId,
      actor,
    );
    await this.kept(applicationId, conversationId);
    const found = await this.timeline.find(conversationKey, eventId);
    if (found === null) throw new HooklineError('event_not_found');
    const { event, audience } = found;
    if (user !== null && !isVisible(seenEventOf(event, audience), user.userId, user.range))
      throw new HooklineError('event_not_found');
    const { seq, senderId } = event;
    // Of what is for all subscribers of a service nobody looks through them.
    const named = usersNamedBy(audience, kind);
    // To whom a hook has narrowed a message is for its sender to know, not for those whom it names.
    const isOpen = named === null || user === null || user.userId === senderId;
    const among = isOpen ? named : named.filter((userId) => userId === user.userId);
    const reached = await this.receipts.ofEvent(
      conversationKey,
      { seq, senderId, among },
      limits.membersPerGroup,
    );
    return {
      deliveredTo: reached.map(({ userId }) => userId),
      readBy: reached.filter(({ isRead }) => isRead).map(({ userId }) => userId),
    };
  }

  /** @throws HooklineError conversation_not_found, receipts_not_kept */
  private async kept(applicationId: string, conversationId: string): Promise<bigint> {
    const handle = await this.conversations.handle(applicationId, conversationId);
    if (handle === null) throw new HooklineError('conversation_not_found');
    if (handle.kind === 'room') throw new HooklineError('receipts_not_kept');
    return handle.key;
  }
}
