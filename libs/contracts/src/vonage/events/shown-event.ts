import type { MessageEvent, TimelineEvent } from '../../event.js';
import type { ExactJson } from '../exact-json.js';
import type { Person } from '../person.js';
import { isoOf } from '../timestamps.js';

/** An event as Vonage's clients know it, before it is written for one of their versions. */
export interface ShownEvent {
  /** Place in the timeline; null: one that has none of its own. */
  readonly id: number | null;
  /** The same, which all have that tell of one event's members; null: it is stored nowhere. */
  readonly place: number | null;
  readonly type: string;
  /** `MEM-…`; null: a server, or somebody who is no member. */
  readonly from: string | null;
  readonly person: Person | null;
  readonly body: object | ExactJson;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly conversationId: string;
  /** What it said is gone. */
  readonly isDeleted?: boolean;
  /** Of what can be acknowledged: by whom it was, `MEM-…` and ISO 8601. */
  readonly state?: EventState;
}

export interface EventState {
  readonly seen_by: Readonly<Record<string, string>>;
  readonly delivered_to: Readonly<Record<string, string>>;
  readonly submitted_to: Readonly<Record<string, string>>;
  readonly rejected_by: Readonly<Record<string, string>>;
  readonly undeliverable_to: Readonly<Record<string, string>>;
}

/** What a message is at Vonage; `event` is everything else that can be acknowledged. */
export type SaidKind = 'text' | 'image' | 'message' | 'event';

/** Types of `message` (its `message_type`) that Vonage's packages know. */
const messageTypes: readonly unknown[] = [
  'text',
  'image',
  'audio',
  'video',
  'file',
  'vcard',
  'template',
  'custom',
  'location',
];

/** @returns null of what nobody has said, and which is never acknowledged */
export function kindOf(event: TimelineEvent): SaidKind | null {
  if (event.type !== 'message') return 'data' in event ? 'event' : null;
  const { content } = event;
  // Of what was recalled nothing is left that would tell.
  if (content.type === 'text' || content.type === 'recalled') return 'text';
  const json = content.type === 'json' ? content.json : null;
  const isImage = isObject(json) && !('message_type' in json) && isObject(json['representations']);
  return isImage ? 'image' : 'message';
}

/** What is left of what was deleted. @param at ms since the epoch */
export function deletedBody(at: number): object {
  return { timestamp: { deleted: isoOf(at) } };
}

/** What its `body` is. Messages of other protocols are shown as Vonage's `custom` ones. */
export function bodyOf({ content, recalledAt, timestamp }: MessageEvent): object {
  switch (content.type) {
    case 'text':
      return { text: content.text };
    case 'binary':
      return { message_type: 'custom', custom: { base64: content.data } };
    case 'recalled':
      return deletedBody(recalledAt ?? timestamp);
    case 'json': {
      const { json } = content;
      const isKnown =
        isObject(json) &&
        (messageTypes.includes(json['message_type']) ||
          (!('message_type' in json) && isObject(json['representations'])));
      return isKnown ? json : { message_type: 'custom', custom: json };
    }
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
