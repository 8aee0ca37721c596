import { z } from 'zod';
import { limits } from './limits.js';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/**
 * True for what `JSON.parse` can return, at most `limits.jsonDepth` deep. Iterative, because a recursive check would let
 * a small body of nested brackets exhaust the stack; socket.io may hand over Buffers inside objects, which are refused.
 */
function isPlainJson(value: unknown): value is JsonValue {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: current, depth } = next;
    if (current === null || typeof current === 'string' || typeof current === 'boolean') continue;
    if (typeof current === 'number') {
      if (!Number.isFinite(current)) return false;
      continue;
    }
    if (typeof current !== 'object' || depth > limits.jsonDepth) return false;
    if (!Array.isArray(current)) {
      const prototype: unknown = Object.getPrototypeOf(current);
      if (prototype !== Object.prototype && prototype !== null) return false;
    }
    for (const child of Object.values(current)) open.push({ value: child, depth: depth + 1 });
  }
  return true;
}

/** Any JSON value, at most 32 levels deep. */
export const jsonValue = z
  .custom<JsonValue>(isPlainJson, `must be a JSON value, at most ${String(limits.jsonDepth)} levels deep`)
  .meta({ override: {}, description: 'Any JSON value, at most 32 levels deep.' });

function isStorable(value: JsonValue): boolean {
  const text = JSON.stringify(value);
  return !text.includes('\\u0000') && text.isWellFormed() && !/\\ud[89a-f]/i.test(text);
}

/** A JSON object of free-form attributes. U+0000 is refused, because PostgreSQL's jsonb cannot hold it. */
export const attributes = z
  .record(z.string(), jsonValue)
  .refine((value) => isPlainJson(value), `must be at most ${String(limits.jsonDepth)} levels deep`)
  .refine(
    (value) => jsonBytes(value) <= limits.attributesBytes,
    `must be at most ${String(limits.attributesBytes)} bytes of JSON`,
  )
  .refine(isStorable, 'must not contain U+0000, and must be well-formed Unicode')
  .meta({
    description: 'Free-form attributes, at most 16 KiB of JSON.',
    'x-maximum-bytes': limits.attributesBytes,
  });

/** An attribute by which conversations are found: short enough to be indexed, and no object, array or null. */
const indexedValue = z
  .union([z.string(), z.number(), z.boolean()])
  .refine(
    (value) => jsonBytes(value) <= limits.indexedAttributeValueBytes,
    `must be at most ${String(limits.indexedAttributeValueBytes)} bytes of JSON`,
  );

/** Attributes that a list asks for: all of them have these values. */
export const attributeEqualities = z
  .record(z.string(), indexedValue)
  .refine(
    (value) => {
      const count = Object.keys(value).length;
      return count >= 1 && count <= limits.attributesPerFilter;
    },
    `must name 1 to ${String(limits.attributesPerFilter)} attributes`,
  )
  .refine(
    (value) => Object.keys(value).every((name) => jsonBytes(name) - 2 <= limits.indexedAttributeNameBytes),
    `names must be at most ${String(limits.indexedAttributeNameBytes)} bytes`,
  )
  .refine(isStorable, 'must not contain U+0000, and must be well-formed Unicode');
export type AttributeEqualities = z.infer<typeof attributeEqualities>;

/** Bytes of the UTF-8 of a value's compact JSON text. */
export function jsonBytes(value: JsonValue): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
