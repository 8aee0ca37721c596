import { embeddedUser, type Root } from '../person.js';
import { isoOf } from '../timestamps.js';
import type { ShownEvent } from './shown-event.js';

function embedded({ person, from }: ShownEvent): object {
  return {
    ...(person !== null && { from_user: embeddedUser(person) }),
    ...(from !== null && { from_member: { id: from } }),
  };
}

function shared(event: ShownEvent): object {
  const { id, type, from, body, timestamp, state } = event;
  return {
    ...(id !== null && { id }),
    type,
    ...(from !== null && { from }),
    body,
    ...(state !== undefined && { state }),
    timestamp: isoOf(timestamp),
  };
}

function hrefOf(root: Root, version: string, { conversationId, place }: ShownEvent): string {
  return `${root}/${version}/conversations/${conversationId}/events/${String(place)}`;
}

/** An event of v0.3 and v1: each has an id there, although some share one. */
export function eventView(root: Root, version: string, event: ShownEvent): object {
  const { place: id, conversationId } = event;
  const href = hrefOf(root, version, event);
  return {
    ...shared({ ...event, id }),
    conversation_id: conversationId,
    _embedded: embedded(event),
    _links: { self: { href } },
  };
}

/** The same, flat, of v0.1 and v0.2: a client that has lost a push takes it for the push itself. */
export function legacyEventView(root: Root, version: string, event: ShownEvent): object {
  const { conversationId } = event;
  return {
    ...shared(event),
    cid: conversationId,
    _embedded: embedded(event),
    href: hrefOf(root, version, event),
  };
}

/** What a socket hears, under the event's type. */
export function pushedEvent(applicationId: string, event: ShownEvent): object {
  const { id, conversationId, from, timestamp, body } = event;
  return {
    ...(id !== null && { id }),
    cid: conversationId,
    ...(from !== null && { from }),
    timestamp: isoOf(timestamp),
    body,
    application_id: applicationId,
    _embedded: embedded(event),
  };
}

/**
 * What an RTC webhook gets.
 *
 * @param id its place in the timeline, which several of one change share; null: it has none
 */
export function webhookEventView(applicationId: string, event: ShownEvent, id = event.id): object {
  const { type, conversationId, from, timestamp, body } = event;
  return {
    type,
    ...(id !== null && { id }),
    conversation_id: conversationId,
    application_id: applicationId,
    timestamp: isoOf(timestamp),
    body,
    ...(from !== null && { from }),
    _embedded: embedded(event),
  };
}
