import { limits } from '#contracts/limits.js';

/** Until when contents are recorded that somebody wants, or does not want, to have recorded from now on. */
export function recordedUntil(recordContents: boolean): Date | null {
  return recordContents ? new Date(Date.now() + limits.hookContentsLifetime) : null;
}
