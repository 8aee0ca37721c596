import { mergePatch, patchBetween, type JsonObject } from './merge-patch.js';

/** What can be changed about a conversation. */
export interface Changeable {
  readonly name: string | null;
  readonly attributes: JsonObject;
  readonly joinRule: 'invited' | 'open';
  readonly state: 'active' | 'inactive';
}

type Optional<Shape> = { readonly [Name in keyof Shape]?: Shape[Name] | undefined };

/** `after`, and of it what differs from before; `attributes` of it as a merge patch. */
export interface ConversationChange {
  readonly after: Changeable;
  readonly changes: Optional<Changeable>;
}

/** @param patch what is wanted: `attributes` by a merge patch; what it does not name stays */
export function changeOf(before: Changeable, patch: Optional<Changeable>): ConversationChange | null {
  const after: Changeable = {
    name: patch.name === undefined ? before.name : patch.name,
    attributes: mergePatch(before.attributes, patch.attributes ?? {}),
    joinRule: patch.joinRule ?? before.joinRule,
    state: patch.state ?? before.state,
  };
  const attributes = patchBetween(before.attributes, after.attributes);
  const changes = {
    ...(after.name !== before.name && { name: after.name }),
    ...(attributes !== null && { attributes }),
    ...(after.joinRule !== before.joinRule && { joinRule: after.joinRule }),
    ...(after.state !== before.state && { state: after.state }),
  };
  return Object.keys(changes).length === 0 ? null : { after, changes };
}

/** The fields that one patch sets otherwise than another: to something else, or only one of the two at all. */
export function differentFields(
  one: Optional<Changeable>,
  other: Optional<Changeable>,
): (keyof Changeable)[] {
  const fields = ['name', 'attributes', 'joinRule', 'state'] as const;
  return fields.filter((field) => JSON.stringify(one[field]) !== JSON.stringify(other[field]));
}
