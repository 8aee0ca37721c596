export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** RFC 7396: what the patch names is set, objects are merged, null removes. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  // Entries, not assignments: a key may be called __proto__.
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else if (isObject(value)) {
      const before = merged.get(name);
      merged.set(name, mergePatch(isObject(before) ? before : {}, value));
    } else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/**
 * The smallest merge patch that makes `after` of `before`, where `after` came about by a merge patch: others may hold a
 * null in something new, which no merge patch can say.
 *
 * @returns null when they are equal
 */
export function patchBetween(before: JsonObject, after: JsonObject): JsonObject | null {
  const present = new Map(Object.entries(after));
  const removed = Object.keys(before).filter((name) => !present.has(name));
  const patch = new Map<string, Json>(removed.map((name) => [name, null]));
  const former = new Map(Object.entries(before));
  for (const [name, value] of present) {
    const old = former.get(name);
    if (isObject(value) && isObject(old)) {
      const within = patchBetween(old, value);
      if (within !== null) patch.set(name, within);
    } else if (old === undefined || !isEqual(old, value)) patch.set(name, value);
  }
  return patch.size === 0 ? null : Object.fromEntries(patch);
}

/** Whether two values are the same; the order of an object's members says nothing. */
function isEqual(one: Json, other: Json): boolean {
  if (isArray(one) && isArray(other)) {
    return one.length === other.length && one.every((item, index) => isEqual(item, other[index] as Json));
  }
  if (isObject(one) && isObject(other)) return patchBetween(one, other) === null;
  return one === other;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
