import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const perId = 16;
const pool = Buffer.alloc(256 * perId);
let used = pool.length;

/** A UUIDv7. Randomness is drawn for many at once: by itself each call into the system costs more than the rest of the id. */
export function timeOrderedId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + perId);
  used += perId;
  return uuidv7({ random });
}
