import { createHash } from 'node:crypto';

/**
 * sha256 (hex) of a value's canonical JSON: members of objects in the order of their names, those that are undefined left
 * out. Two requests with the same fingerprint ask for the same.
 */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([value], inOrder), 'utf8')
    .digest('hex');
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  // A list of pairs keeps names such as "__proto__" and integer-like ones in their place.
  return {
    members: Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  };
}
