import type { EventDraft, MemberEvent, MessageContent, TimelineEvent } from '#contracts/event.js';
import { isCustomEventType } from '#contracts/event.js';
import type { JsonValue } from '#contracts/json-value.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { Prisma } from '#prisma/client.js';

/** The columns of an event that hold its body. `content` is compact JSON text, which keeps what text columns refuse. */
export interface EventBody {
  readonly type: string;
  readonly contentType: 'text' | 'json' | 'binary' | 'members';
  readonly content: string | null;
  readonly binary: Uint8Array | null;
}

/** A row of conversation.event with its recipients, as raw statements give it. */
export interface EventRow {
  readonly id: string;
  readonly seq: bigint;
  readonly conversation_key: bigint;
  readonly conversation_id: string;
  readonly type: string;
  readonly sender_id: string | null;
  readonly audience: 'everyone' | 'operators' | 'listed';
  readonly content_type: string | null;
  readonly content: string | null;
  readonly binary: Uint8Array | null;
  readonly created_at: Date;
  readonly recipients: string[] | null;
}

/** Selects an `EventRow` from `event` joined with `conversation`. */
export const eventColumns = Prisma.sql`
  event.id::text, event.seq, event.conversation_key, conversation.id AS conversation_id, event.type, event.sender_id,
  event.audience::text AS audience, event.content_type, event.content, event."binary", event.created_at,
  CASE WHEN event.audience = 'listed' THEN ARRAY(
    SELECT recipient.user_id FROM conversation.event_recipient AS recipient
    WHERE recipient.conversation_key = event.conversation_key AND recipient.seq = event.seq
  ) END AS recipients`;

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

export function bodyOfMembers(type: MemberEvent['type'], members: MemberEvent['members']): EventBody {
  return { type, contentType: 'members', content: JSON.stringify(members), binary: null };
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

/** An event as clients see it. */
export function timelineEventOf(envelope: Envelope, senderId: string | null, body: EventBody): TimelineEvent {
  const { type } = body;
  if (type === 'member.joined' || type === 'member.left') {
    return { ...envelope, type, senderId, members: parse(body) as unknown as MemberEvent['members'] };
  }
  if (senderId === null) throw new Error(`Event ${envelope.id} of type ${type} has no sender`);
  if (isCustomEventType(type)) return { ...envelope, type, senderId, data: parse(body) };
  return { ...envelope, type: 'message', senderId, content: contentOf(body) };
}

export function liveEventOf(row: EventRow): LiveEvent {
  const envelope = {
    id: row.id,
    conversationId: row.conversation_id,
    seq: Number(row.seq),
    timestamp: row.created_at.getTime(),
  };
  const body = {
    type: row.type,
    contentType: row.content_type as EventBody['contentType'],
    content: row.content,
    binary: row.binary,
  };
  return {
    conversationKey: String(row.conversation_key),
    audience:
      row.audience === 'listed' ? { kind: 'listed', userIds: row.recipients ?? [] } : { kind: row.audience },
    event: timelineEventOf(envelope, row.sender_id, body),
  };
}

/** About how many bytes an event takes on the wire. */
export function weightOf(row: EventRow): number {
  return (
    300 +
    Buffer.byteLength(row.content ?? '') +
    (row.binary?.length ?? 0) * 1.4 +
    Buffer.byteLength((row.recipients ?? []).join('","'))
  );
}

function parse(body: EventBody): JsonValue {
  return JSON.parse(body.content ?? 'null') as JsonValue;
}

function contentOf(body: EventBody): MessageContent {
  switch (body.contentType) {
    case 'text':
      return { type: 'text', text: parse(body) as string };
    case 'binary':
      return { type: 'binary', data: Buffer.from(body.binary ?? []).toString('base64') };
    case 'json':
    case 'members':
      return { type: 'json', json: parse(body) };
  }
}
