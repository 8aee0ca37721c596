import { z } from 'zod';

/** A type of event as Vonage names it, or all that begin so. */
export const vonageEventMaskPart = z
  .string()
  .max(107)
  .regex(/^(?:\*|[A-Za-z0-9_-]+(?::[A-Za-z0-9_-]+)*(?::\*)?)$/, 'must be a type of event, or `*` at its end')
  .meta({ example: 'custom:my_custom_event' });

/** What a conversation's `callback` asks for: types with commas or spaces between them; nothing: all. */
export const vonageEventMask = z
  .string()
  .max(200)
  .transform((mask) => mask.split(/[\s,]+/).filter((part) => part !== ''))
  .pipe(z.array(vonageEventMaskPart));

/** @param types of a mask; empty: all */
export function isInMask(types: readonly string[], type: string): boolean {
  return (
    types.length === 0 ||
    types.some((part) => (part.endsWith('*') ? type.startsWith(part.slice(0, -1)) : part === type))
  );
}
