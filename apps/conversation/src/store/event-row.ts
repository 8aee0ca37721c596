import type { ConversationEvent, EventDraft, MemberEvent, TimelineEvent } from '#contracts/event.js';
import type { Mentions, MessageContent, ShownContent } from '#contracts/message-content.js';
import { isCustomEventType } from '#contracts/event.js';
import type { Attachment } from '#contracts/files.js';
import type { JsonValue } from '#contracts/json-value.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { isReserved, serviceReader } from '#domain/timeline/service-views.js';
import type { Audience } from '#domain/timeline/visibility.js';
import { Prisma } from '#prisma/client.js';

/** The columns of an event that hold its body. `content` is compact JSON text, which keeps what text columns refuse. */
export interface EventBody {
  readonly type: string;
  /** `recalled`: the content is gone, because it was recalled or has expired. */
  readonly contentType: 'text' | 'json' | 'binary' | 'recalled';
  readonly content: string | null;
  readonly binary: Uint8Array | null;
  readonly mentions?: Mentions | undefined;
  readonly attachments?: readonly Attachment[] | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
  /** The text of a custom event's data, where it is not what `JSON.stringify` gives. */
  readonly dataText?: string | undefined;
  /** The event that this one is about. */
  readonly target?: { readonly id: string; readonly seq: number };
}

/** A row of conversation.event with its recipients, as raw statements give it. */
export interface EventRow {
  readonly id: string;
  readonly seq: bigint;
  readonly conversation_key: bigint;
  readonly conversation_id: string;
  readonly type: string;
  readonly sender_id: string | null;
  readonly audience: Audience['kind'];
  readonly content_type: string | null;
  readonly content: string | null;
  readonly binary: Uint8Array | null;
  readonly created_at: Date;
  readonly mentions: string | null;
  readonly attachments: string | null;
  readonly expires_at: Date | null;
  readonly edited_at: Date | null;
  readonly recalled_at: Date | null;
  readonly target_id: string | null;
  readonly target_seq: bigint | null;
  readonly sender_member_id: string | null;
  /** In a service, readers that are no users among them. */
  readonly recipients: string[] | null;
}

/** Of an `event`: whom it is listed for. */
export const recipientsColumn = Prisma.sql`
  CASE WHEN event.audience = 'listed' THEN ARRAY(
    SELECT recipient.user_id FROM conversation.event_recipient AS recipient
    WHERE recipient.conversation_key = event.conversation_key AND recipient.seq = event.seq
  ) END AS recipients`;

/** Selects an `EventRow` from `event` joined with `conversation`. */
export const eventColumns = Prisma.sql`
  event.id::text, event.seq, event.conversation_key, conversation.id AS conversation_id, event.type, event.sender_id,
  event.audience::text AS audience, event.content_type, event.content, event."binary", event.created_at,
  event.mentions, event.attachments, event.expires_at, event.edited_at, event.recalled_at, event.target_id::text, event.target_seq,
  event.sender_member_id::text, ${recipientsColumn}`;

/** Selects `EventRow`s. */
export const selectEvents = Prisma.sql`
  SELECT ${eventColumns}
  FROM conversation.event
  JOIN conversation.conversation ON conversation.key = event.conversation_key`;

/** Of an `event`: nobody sees what has expired, by whatever way. */
export const isUnexpired = Prisma.sql`(event.expires_at IS NULL OR event.expires_at > statement_timestamp())`;

/** Of an `event`: it counts as unread for this user, if it sees it. */
export function isUnread(userId: string): Prisma.Sql {
  return Prisma.sql`event.type = 'message' AND event.sender_id <> ${userId}::text
    AND event.recalled_at IS NULL AND ${isUnexpired}`;
}

/** Of an `event`: it names this user, or everyone. */
export function mentions(userId: string): Prisma.Sql {
  return Prisma.sql`((event.mentions::jsonb ->> 'everyone')::boolean
    OR event.mentions::jsonb -> 'userIds' @> to_jsonb(${userId}::text))`;
}

export function bodyOfContent(type: string, content: MessageContent): EventBody {
  switch (content.type) {
    case 'text':
      return { type, contentType: 'text', content: JSON.stringify(content.text), binary: null };
    case 'json':
      return { type, contentType: 'json', content: JSON.stringify(content.json), binary: null };
    case 'binary':
      return { type, contentType: 'binary', content: null, binary: Buffer.from(content.data, 'base64') };
  }
}

/** Of an event that says something other than a message's content. */
export function bodyOfJson(type: string, value: unknown): EventBody {
  return { type, contentType: 'json', content: JSON.stringify(value), binary: null };
}

/** Type and content of a draft in the form that hooks see: the data of a custom event is its `json` content. */
export function contentOfDraft(draft: EventDraft): {
  type: 'message' | `custom:${string}`;
  content: MessageContent;
} {
  switch (draft.kind) {
    case 'message':
      return { type: 'message', content: draft.content };
    case 'custom':
      return { type: `custom:${draft.name}`, content: { type: 'json', json: draft.data } };
  }
}

type Envelope = Pick<TimelineEvent, 'id' | 'conversationId' | 'seq' | 'timestamp'>;

/** What has happened to a message or custom event since it was stored (ms since the epoch). */
interface Afterwards {
  readonly editedAt?: number | undefined;
  readonly recalledAt?: number | undefined;
}

/** An event as clients see it. */
export function timelineEventOf(
  envelope: Envelope,
  senderId: string | null,
  body: EventBody,
  afterwards: Afterwards = {},
): TimelineEvent {
  const { type, mentions, target } = body;
  switch (type) {
    case 'member.invited':
    case 'member.joined':
    case 'member.updated':
    case 'member.left':
      return { ...envelope, type, senderId, members: parse(body) as unknown as MemberEvent['members'] };
    case 'conversation.updated':
      return { ...envelope, type, senderId, changes: parse(body) as ConversationEvent['changes'] };
    case 'message.updated':
      return {
        ...envelope,
        ...targetOf(envelope, target),
        type,
        senderId,
        content: contentOf(body),
        ...(mentions !== undefined && { mentions }),
      };
    case 'message.recalled':
      return { ...envelope, ...targetOf(envelope, target), type, senderId };
    case 'receipt.delivered':
    case 'receipt.read':
      return { ...envelope, ...targetOf(envelope, target), type, senderId: sentBy(envelope, senderId) };
    default:
      return sentEventOf(envelope, senderId, body, afterwards);
  }
}

/** What somebody has sent: a message, or a custom event. */
function sentEventOf(
  envelope: Envelope,
  sender: string | null,
  body: EventBody,
  { editedAt, recalledAt }: Afterwards,
): TimelineEvent {
  const { type, mentions, attachments, expiresAt } = body;
  const senderId = sentBy(envelope, sender);
  const isRecalled = recalledAt !== undefined && { recalledAt };
  if (isCustomEventType(type)) return { ...envelope, type, senderId, data: parse(body), ...isRecalled };
  return {
    ...envelope,
    type: 'message',
    senderId,
    content: contentOf(body),
    ...(mentions !== undefined && { mentions }),
    ...(attachments !== undefined && { attachments: [...attachments] }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(editedAt !== undefined && { editedAt }),
    ...isRecalled,
  };
}

function sentBy({ id }: Envelope, senderId: string | null): string {
  if (senderId === null) throw new Error(`Event ${id} has no sender`);
  return senderId;
}

function targetOf(
  { id }: Envelope,
  target: EventBody['target'],
): { readonly targetId: string; readonly targetSeq: number } {
  if (target === undefined) throw new Error(`Event ${id} has no target`);
  return { targetId: target.id, targetSeq: target.seq };
}

export function liveEventOf(row: EventRow): LiveEvent {
  const envelope = {
    id: row.id,
    conversationId: row.conversation_id,
    seq: Number(row.seq),
    timestamp: row.created_at.getTime(),
  };
  // Whoever reads an event because of its seq alone gets no content that has expired.
  const isExpired = row.expires_at !== null && row.expires_at.getTime() <= Date.now();
  const body: EventBody = {
    type: row.type,
    ...(isExpired
      ? goneContent
      : {
          contentType: row.content_type as EventBody['contentType'],
          content: row.content,
          binary: row.binary,
          mentions: row.mentions === null ? undefined : (JSON.parse(row.mentions) as Mentions),
          attachments: row.attachments === null ? undefined : (JSON.parse(row.attachments) as Attachment[]),
        }),
    expiresAt: row.expires_at?.getTime(),
    ...(row.target_id !== null && { target: { id: row.target_id, seq: Number(row.target_seq) } }),
  };
  const afterwards = { editedAt: row.edited_at?.getTime(), recalledAt: row.recalled_at?.getTime() };
  const event = timelineEventOf(envelope, row.sender_id, body, afterwards);
  const dataText = 'data' in event && JSON.stringify(event.data) !== row.content ? row.content : null;
  return {
    conversationKey: String(row.conversation_key),
    audience: audienceOfRow(row),
    ...(row.recipients?.includes(serviceReader) === true && { isInquiry: true }),
    ...(row.sender_member_id !== null && { senderMemberId: row.sender_member_id }),
    ...(dataText !== null && { dataText }),
    event,
  };
}

export function audienceOfRow({ audience, recipients }: Pick<EventRow, 'audience' | 'recipients'>): Audience {
  if (audience !== 'listed') return { kind: audience };
  return { kind: 'listed', userIds: (recipients ?? []).filter((reader) => !isReserved(reader)) };
}

const goneContent = { contentType: 'recalled', content: null, binary: null } as const;

/** An answer over NATS stays far below the server's payload limit. */
const answerWeight = 512 * 1024;

/** The first of these rows, as many as fit into an answer, and one at least; those without an event weigh nothing. */
export function fitting<Row extends EventRow | { readonly id: null }>(rows: readonly Row[]): Row[] {
  let weight = 0;
  const end = rows.findIndex((row, index) => {
    weight += row.id === null ? 0 : weightOf(row);
    return index > 0 && weight > answerWeight;
  });
  return end === -1 ? [...rows] : rows.slice(0, end);
}

/** About how many bytes an event takes on the wire. */
export function weightOf(row: EventRow): number {
  return (
    300 +
    Buffer.byteLength(row.content ?? '') +
    (row.binary?.length ?? 0) * 1.4 +
    Buffer.byteLength(row.mentions ?? '') +
    Buffer.byteLength(row.attachments ?? '') +
    Buffer.byteLength((row.recipients ?? []).join('","'))
  );
}

function parse(body: EventBody): JsonValue {
  return JSON.parse(body.content ?? 'null') as JsonValue;
}

function contentOf(body: EventBody): ShownContent {
  switch (body.contentType) {
    case 'text':
      return { type: 'text', text: parse(body) as string };
    case 'binary':
      return { type: 'binary', data: Buffer.from(body.binary ?? []).toString('base64') };
    case 'json':
      return { type: 'json', json: parse(body) };
    case 'recalled':
      return { type: 'recalled' };
  }
}
