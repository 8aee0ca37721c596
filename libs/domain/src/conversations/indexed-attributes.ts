import type { JsonObject } from './merge-patch.js';

/** An attribute by which a conversation is found. */
export interface IndexedAttribute {
  readonly name: string;
  /** Compact JSON text. */
  readonly value: string;
}

/** Bytes of UTF-8. */
export interface IndexedLengths {
  readonly name: number;
  readonly value: number;
}

/** Those attributes of the top level that are texts, numbers or booleans, and short. */
export function indexedAttributes(attributes: JsonObject, longest: IndexedLengths): IndexedAttribute[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    if (typeof value === 'object') return [];
    const text = JSON.stringify(value);
    const isShort = bytes(JSON.stringify(name)) - 2 <= longest.name && bytes(text) <= longest.value;
    return isShort ? [{ name, value: text }] : [];
  });
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
