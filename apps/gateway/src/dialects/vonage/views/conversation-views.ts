import type { Conversation } from '#contracts/conversations.js';
import type { JsonValue } from '#contracts/json-value.js';
import type { ConversationBody } from '#contracts/vonage/routes/conversation-routes.js';
import { replacedData, storable } from '../replacement.js';
import { legacyMemberView, type ShownMember } from './member-views.js';
import type { Root } from '#contracts/vonage/person.js';
import { isoOf } from '#contracts/vonage/timestamps.js';

/** What Vonage's conversations have that others have not; kept, and without effect. */
interface OwnAttributes {
  readonly ttl?: number;
  readonly type?: string;
  readonly customSortKey?: string;
  readonly numbers?: JsonValue;
}

/** The attributes that a request sets, as a merge patch of those that there are. @throws HooklineError invalid_request */
export function attributesOf(
  { image_url: imageUrl, properties, numbers }: ConversationBody,
  before: Conversation['attributes'],
): Record<string, JsonValue> {
  const { ttl, type, custom_sort_key: customSortKey, custom_data: customData } = properties ?? {};
  const own = {
    ...(ttl !== undefined && { ttl }),
    ...(type !== undefined && { type }),
    ...(customSortKey !== undefined && { customSortKey }),
    ...(numbers !== undefined && { numbers }),
  };
  const patch = {
    ...(imageUrl !== undefined && { imageUrl }),
    ...(customData !== undefined && { customData: replacedData(before['customData'], customData) }),
    ...(Object.keys(own).length > 0 && { vonage: own }),
  };
  return storable(before, patch, customData === undefined ? '/numbers' : '/properties/custom_data');
}

function shared({ name, uniqueKey, id, attributes, state, lastSeq, createdAt, updatedAt }: Conversation) {
  const { imageUrl, customData, vonage } = attributes;
  const { ttl, type, customSortKey, numbers } = (vonage ?? {}) as OwnAttributes;
  return {
    // Every one has a name at Vonage, which is unique.
    name: uniqueKey ?? `NAM-${id}`,
    display_name: name ?? '',
    image_url: imageUrl ?? '',
    state: state.toUpperCase(),
    sequence_number: lastSeq,
    timestamp: {
      created: isoOf(createdAt),
      ...(updatedAt !== createdAt && { updated: isoOf(updatedAt) }),
    },
    numbers: numbers ?? {},
    properties: {
      ...(ttl !== undefined && { ttl }),
      ...(type !== undefined && { type }),
      ...(customSortKey !== undefined && { custom_sort_key: customSortKey }),
      custom_data: customData ?? {},
    },
  };
}

function linksOf(root: Root, version: string, { id }: Conversation): object {
  return { self: { href: `${root}/${version}/conversations/${id}` } };
}

/** A conversation of v0.3 and v1: without members. */
export function conversationView(root: Root, version: string, conversation: Conversation): object {
  const { numbers: _none, ...fields } = shared(conversation);
  return { id: conversation.id, ...fields, _links: linksOf(root, version, conversation) };
}

/** The same, flat, of v0.1 and v0.2. */
export function legacyConversationView(
  root: Root,
  version: string,
  conversation: Conversation,
  members: readonly ShownMember[],
): object {
  return {
    uuid: conversation.id,
    ...shared(conversation),
    members: members.map((member) => legacyMemberView(root, version, member)),
    _links: linksOf(root, version, conversation),
  };
}
