import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { origin, receiptEvent } from './event.js';
import { applicationId, conversationId, eventId, seq, timestamp, userId } from './identifiers.js';

const deliveredSeq = seq.meta({ description: 'Everything up to here has reached one of its clients.' });
const readSeq = seq.meta({ description: 'Everything up to here was read; never above `deliveredSeq`.' });

/** How far a member has got. */
export const watermarks = z.object({ deliveredSeq, readSeq }).meta({ id: 'Watermarks' });
export type WatermarksView = z.infer<typeof watermarks>;

export const memberReceipt = z.object({ userId, ...watermarks.shape }).meta({ id: 'MemberReceipt' });
export type MemberReceipt = z.infer<typeof memberReceipt>;

/** Watermarks that have advanced, as online members hear of them; one that is newer may have been heard before. */
export const receiptUpdate = z
  .object({ conversationId, receipts: z.array(memberReceipt) })
  .meta({ id: 'ReceiptUpdate' });
export type ReceiptUpdate = z.infer<typeof receiptUpdate>;

/** What a client acknowledges. */
export const receiptFields = {
  delivered: seq.optional().meta({ description: 'Everything up to this seq has reached the client.' }),
  read: seq.optional().meta({ description: 'Everything up to this seq was read, and so delivered.' }),
};

/** An acknowledgement says something. */
export function saysSomething(said: {
  readonly delivered?: number | undefined;
  readonly read?: number | undefined;
}): boolean {
  return said.delivered !== undefined || said.read !== undefined;
}
export const nothingSaid = 'must have delivered, read, or both';

/** Safe to repeat: watermarks move forward only. */
export const recordReceipt = call(
  'receipts.record',
  z.object({ applicationId, conversationId, userId, delivered: seq.nullable(), read: seq.nullable() }),
  watermarks,
);
export type RecordReceipt = z.infer<typeof recordReceipt.question>;

export const listReceipts = call(
  'receipts.list',
  z.object({ applicationId, conversationId, actor, cursor: z.string().nullable(), limit: z.int() }),
  z.object({ receipts: z.array(memberReceipt), nextCursor: z.string().nullable() }),
);

/** Whom an event has reached, and who has read it: its recipients who are members still, without its sender. */
export const eventReceipts = z
  .object({ deliveredTo: z.array(userId), readBy: z.array(userId) })
  .meta({ id: 'EventReceipts' });
export const getEventReceipts = call(
  'receipts.ofEvent',
  z.object({ applicationId, conversationId, actor, eventId }),
  eventReceipts,
);

/**
 * One event has reached a member, or was read by it: an event of the timeline says so, in a conversation that becomes one whose
 * receipts are events if it was none. For protocols that acknowledge events one by one. Safe to repeat: it is said once. In
 * conversations of more than `limits.liveReceiptMembers` members the watermark moves alone; the answer is the acknowledged
 * event's own place then.
 */
export const acknowledgeEvent = call(
  'receipts.acknowledge',
  z.object({
    applicationId,
    conversationId,
    userId,
    origin,
    targetSeq: seq,
    type: receiptEvent.shape.type,
  }),
  z.object({ seq, timestamp }),
);

/** What was acknowledged of these events one by one: of each at most twice as much as a group may have members. */
export const listReceiptEvents = call(
  'receipts.of-events',
  z.object({
    applicationId,
    conversationId,
    /** So few that the answer fits into a message of the bus, whoever has acknowledged them. */
    targetSeqs: z.array(seq).min(1).max(5),
    /** Who is to see the answer: nothing of what it may not; null: a server. */
    readerId: userId.nullable(),
  }),
  z.object({
    receipts: z.array(
      z.object({
        targetSeq: seq,
        type: receiptEvent.shape.type,
        userId,
        senderMemberId: z.uuid().nullable(),
        timestamp,
      }),
    ),
  }),
);
