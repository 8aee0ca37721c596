import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { applicationId, conversationId, eventId, seq, userId } from './identifiers.js';

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
