import type { MemberEvent, TimelineEvent } from '../../event.js';
import { isCustomEventType } from '../../event.js';
import type { LiveEvent } from '../../sessions.js';
import { vonageMemberId, vonageUserId } from '../ids.js';
import { ExactJson } from '../exact-json.js';
import { noMedia, type Person } from '../person.js';
import { isoOf } from '../timestamps.js';
import { bodyOf, deletedBody, kindOf, type SaidKind, type ShownEvent } from './shown-event.js';

/** What an event does not say by itself. */
export interface Surroundings {
  readonly people: ReadonlyMap<string, Person>;
  readonly conversationName: string;
  /** What was said at a place of the timeline. */
  readonly kindAt: (seq: number) => SaidKind;
  /** The present stay of a user who did something without saying by which. */
  readonly memberIds: ReadonlyMap<string, string>;
}

/** Users whom an event names. */
export function namedBy(event: TimelineEvent): string[] {
  return [
    ...(event.senderId === null ? [] : [event.senderId]),
    ...('members' in event ? event.members.map(({ userId }) => userId) : []),
  ];
}

/** Of which other event its type depends; null: of none. */
export function targetOf(event: TimelineEvent): number | null {
  return event.type === 'receipt.delivered' || event.type === 'receipt.read' ? event.targetSeq : null;
}

/**
 * What Vonage's clients see of an event: one, or one for each member of whom it tells. Of several, the first has the event's
 * place; the others have none, for a client takes a second one of the same place for a repetition.
 */
export function translate(live: LiveEvent, around: Surroundings): ShownEvent[] {
  const { event, senderMemberId, dataText } = live;
  if ('members' in event) return event.members.map((_member, index) => memberEvent(event, index, around));
  const { senderId, conversationId, timestamp, seq: id } = event;
  const memberId = senderMemberId ?? (senderId === null ? undefined : around.memberIds.get(senderId));
  const common = {
    ...{ id, place: id },
    conversationId,
    timestamp,
    from: memberId === undefined ? null : vonageMemberId(memberId),
    person: senderId === null ? null : (around.people.get(senderId) ?? null),
  };
  switch (event.type) {
    case 'message':
      return [{ ...common, ...deletion(event), type: kindOf(event) ?? 'text', body: bodyOf(event) }];
    case 'message.updated': {
      const { content, targetSeq } = event;
      const text = content.type === 'text' ? content.text : undefined;
      const body = { text, original_event_id: targetSeq };
      return [{ ...common, ...deletion(event), type: 'text:update', body }];
    }
    case 'message.recalled':
      return [{ ...common, type: 'event:delete', body: { event_id: event.targetSeq } }];
    case 'receipt.delivered':
    case 'receipt.read': {
      const what = event.type === 'receipt.read' ? 'seen' : 'delivered';
      return [
        {
          ...common,
          type: `${around.kindAt(event.targetSeq)}:${what}`,
          body: { event_id: event.targetSeq },
        },
      ];
    }
    case 'conversation.updated': {
      const { name, attributes, state } = event.changes;
      const body = {
        ...(name !== undefined && { display_name: name ?? '' }),
        ...(attributes !== undefined && { properties: { custom_data: attributes['customData'] ?? {} } }),
        ...(state !== undefined && { state: state.toUpperCase() }),
      };
      return [{ ...common, type: 'conversation:updated', body }];
    }
    default:
      return [{ ...common, ...deletion(event), type: event.type, body: dataOf(event, dataText) }];
  }
}

function deletion(event: TimelineEvent): Pick<ShownEvent, 'isDeleted'> {
  const isDeleted = 'content' in event ? event.content.type === 'recalled' : 'recalledAt' in event;
  return isDeleted ? { isDeleted } : {};
}

/** A client loses an event whose body is no object. */
function dataOf(
  event: Extract<TimelineEvent, { data: unknown }>,
  dataText: string | undefined,
): object | ExactJson {
  const { data, type, recalledAt } = event;
  if (!isCustomEventType(type)) throw new Error(`An event of type ${String(type)} has no form`);
  if (recalledAt !== undefined) return deletedBody(recalledAt);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return { value: data };
  return dataText === undefined ? data : new ExactJson(dataText);
}

const memberTypes = {
  'member.invited': { type: 'member:invited', time: 'invited' },
  'member.joined': { type: 'member:joined', time: 'joined' },
  'member.updated': { type: 'member:updated', time: 'updated' },
  'member.left': { type: 'member:left', time: 'left' },
} as const;

function memberEvent(event: MemberEvent, index: number, around: Surroundings): ShownEvent {
  const { senderId, conversationId, timestamp, seq } = event;
  const { type, time } = memberTypes[event.type];
  const member = event.members[index];
  if (member === undefined) throw new Error(`Event ${event.id} has no member ${String(index)}`);
  const person = around.people.get(member.userId) ?? null;
  const cause = senderId === null ? null : (around.people.get(senderId) ?? null);
  const isOther = cause !== null && cause.id !== member.userId;
  const id = vonageMemberId(member.id);
  const user = {
    id: vonageUserId(person?.uid ?? ''),
    user_id: vonageUserId(person?.uid ?? ''),
    name: member.userId,
    display_name: person?.displayName ?? member.userId,
    member_id: id,
    media: noMedia,
    ...(person?.imageUrl !== null && person?.imageUrl !== undefined && { image_url: person.imageUrl }),
  };
  const initiator =
    cause === null
      ? { is_system: true, isSystem: true }
      : { is_system: false, isSystem: false, user_id: vonageUserId(cause.uid) };
  return {
    id: index === 0 ? seq : null,
    place: seq,
    type,
    from: id,
    person,
    conversationId,
    timestamp,
    body: {
      cname: around.conversationName,
      conversation: { conversation_id: conversationId, name: around.conversationName },
      user,
      member_id: id,
      channel: { type: 'app' },
      media: noMedia,
      timestamp: { [time]: isoOf(timestamp) },
      initiator: { [time]: initiator },
      ...(isOther && event.type === 'member.invited' && { invited_by: vonageUserId(cause.uid) }),
    },
  };
}
