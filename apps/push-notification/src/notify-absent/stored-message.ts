import { usersNamedBy, type MessageEvent, type Origin, type TimelineEvent } from '#contracts/event.js';
import { streamEvent, type StreamEvent } from '#contracts/stream.js';
import type { InboxEntry } from '#platform/database/durable/inbox-table.js';

/** A message that may notify. */
export interface StoredMessage {
  readonly applicationId: string;
  readonly conversationKey: string;
  readonly conversationKind: StreamEvent['conversationKind'];
  /** Null stands for all members. */
  readonly userIds: readonly string[] | null;
  readonly origin: Origin;
  readonly event: MessageEvent;
}

/** A conversation is a lane. @throws when this release cannot read the event */
export function readEntry(line: string): InboxEntry {
  const { conversationKey, event } = streamEvent.parse(JSON.parse(line));
  return { lane: conversationKey, seq: event.seq, payload: line };
}

/** Messages alone notify, unless they were recalled or have expired meanwhile; null for anything else. */
export function messageOf({ payload }: InboxEntry): StoredMessage | null {
  // Read whole before it was taken over.
  const { event, audience, ...stored } = JSON.parse(payload) as StreamEvent;
  const isShown = event.type === 'message' && event.content.type !== 'recalled';
  return isShown ? { ...stored, userIds: usersNamedBy(audience), event } : null;
}

/** A message was edited or recalled. */
export interface StoredChange extends Pick<
  StreamEvent,
  'applicationId' | 'conversationKey' | 'conversationKind'
> {
  readonly event: Extract<TimelineEvent, { type: 'message.updated' | 'message.recalled' }>;
}

/** Null for anything else. */
export function changeOf({ payload }: InboxEntry): StoredChange | null {
  const { event, ...stored } = JSON.parse(payload) as StreamEvent;
  return event.type === 'message.updated' || event.type === 'message.recalled' ? { ...stored, event } : null;
}
