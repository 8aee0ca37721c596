import { usersNamedBy, type MessageEvent, type Origin, type TimelineEvent } from '#contracts/event.js';
import type { PushPayload } from '#contracts/hooks/answers.js';
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
  /** What devices get instead of sender and preview. */
  readonly push?: PushPayload | undefined;
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
  return isShown ? { ...stored, userIds: usersNamedBy(audience, stored.conversationKind), event } : null;
}

/** A message for all users of an application, of which to notify those who are absent. */
export interface StoredBroadcast extends Pick<
  StreamEvent,
  'applicationId' | 'conversationKey' | 'conversationKind'
> {
  readonly event: MessageEvent;
  readonly push: PushPayload;
}

/** Null for anything else. */
export function broadcastOf({ payload }: InboxEntry): StoredBroadcast | null {
  const { event, audience, push, ...stored } = JSON.parse(payload) as StreamEvent;
  const isShown = event.type === 'message' && event.content.type !== 'recalled';
  return isShown && audience.kind === 'broadcast' && push !== undefined ? { ...stored, event, push } : null;
}

/** A message was edited or recalled. */
export interface StoredChange extends Pick<
  StreamEvent,
  'applicationId' | 'conversationKey' | 'conversationKind'
> {
  readonly isOfBroadcast: boolean;
  readonly event: Extract<TimelineEvent, { type: 'message.updated' | 'message.recalled' }>;
}

/** Null for anything else. */
export function changeOf({ payload }: InboxEntry): StoredChange | null {
  const { event, audience, ...stored } = JSON.parse(payload) as StreamEvent;
  if (event.type !== 'message.updated' && event.type !== 'message.recalled') return null;
  return { ...stored, event, isOfBroadcast: audience.kind === 'broadcast' };
}
