import { z } from 'zod';
import { userId } from './identifiers.js';

/** Who asks: the holder of the master key, or a user, whose part in the conversation then decides. */
export const actor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('master') }),
  z.object({ kind: z.literal('user'), userId }),
]);
export type Actor = z.infer<typeof actor>;
