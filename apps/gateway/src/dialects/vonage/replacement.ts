import { HooklineError } from '#contracts/errors.js';
import { attributes, type JsonValue } from '#contracts/json-value.js';
import { isObject } from '#contracts/vonage/events/shown-event.js';
import { mergePatch } from '#domain/conversations/merge-patch.js';

/**
 * The merge patch (RFC 7396) that makes one value of another: natively attributes are merged, at Vonage what is said replaces what
 * was there. Members that are null do not survive it.
 */
export function replacement(before: JsonValue | undefined, after: JsonValue): JsonValue {
  if (!isObject(before) || !isObject(after)) return after;
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return Object.fromEntries([
    ...gone.map((name) => [name, null] as const),
    ...Object.entries(after).map(([name, value]) => [name, replacement(before[name] as JsonValue, value)]),
  ]) as JsonValue;
}

type Attributes = Readonly<Record<string, JsonValue>>;

/** Of `custom_data`: what is emptied is removed, since each of its names would be one to remove, and they may be too many. */
export function replacedData(before: JsonValue | undefined, after: Attributes): JsonValue {
  const isEmptied = isObject(before) && Object.keys(after).length === 0;
  return isEmptied ? null : replacement(before, after);
}

/**
 * A patch that is not too large, and makes nothing that is.
 *
 * @param pointer where most of it has come from
 * @throws HooklineError invalid_request
 */
export function storable<Patch extends Attributes>(before: Attributes, patch: Patch, pointer: string): Patch {
  for (const made of [patch, mergePatch(before, patch)]) {
    const [issue] = attributes.safeParse(made).error?.issues ?? [];
    if (issue === undefined) continue;
    const detail = `${issue.message}, with everything else that is kept of it and each name that goes`;
    throw new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
  }
  return patch;
}
