import { z } from 'zod';

/* What a query says is text; what a body, or a request of a batch, says may be the value itself. */

/** A whole number; both ends may be taken. */
export function integer(minimum: number, maximum: number) {
  return z
    .union([
      z.number(),
      z
        .string()
        .regex(/^-?\d{1,15}$/, 'must be a whole number')
        .transform(Number),
    ])
    .pipe(z.int().min(minimum).max(maximum));
}

/** Off unless it is said. */
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0']).transform((text) => ['true', '1'].includes(text))])
  .default(false);
