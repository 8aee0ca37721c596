import { z } from 'zod';
import { timestamp } from './identifiers.js';
import { limits } from './limits.js';

/** Of what signs calls: hooks' and webhooks'. */
export const secretRotation = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(limits.secretOverlapMaximumSeconds)
      .default(0)
      .meta({ description: 'How long calls are signed with the former secret as well; 0: not at all.' }),
  })
  .meta({ id: 'SecretRotation' });

export const formerValidUntil = timestamp.meta({
  description: 'From then on the former secret signs no more.',
});

export const rotatedSecret = z
  .object({
    secret: z.string().meta({ description: 'The new secret. It is shown in this answer only.' }),
    formerValidUntil,
  })
  .meta({ id: 'RotatedSecret' });
