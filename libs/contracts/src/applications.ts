import { z } from 'zod';
import { call } from './call.js';
import { applicationId, displayText, timestamp } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';

const hookFailure = z.enum(['continue', 'abort']);

const publicKeys = z
  .array(z.string().max(4_096).startsWith('-----BEGIN PUBLIC KEY-----'))
  .max(5)
  .meta({ description: 'PEM of RSA public keys; their holders may mint user tokens (RS256).' });

const eventRetentionDays = z
  .int()
  .min(limits.eventRetentionDaysMinimum)
  .max(limits.eventRetentionDaysMaximum)
  .nullable()
  .meta({ description: 'Events older than this many days are deleted for ever; null: none are.' });

export const newApplication = z
  .strictObject({
    id: applicationId.optional(),
    name: displayText,
    hookFailure: hookFailure
      .default('continue')
      .meta({ description: 'What a failing hook does unless it says otherwise.' }),
    publicKeys: publicKeys.default([]),
    eventRetentionDays: eventRetentionDays.default(null),
  })
  .meta({ id: 'NewApplication' });

export const applicationChange = z.strictObject({ eventRetentionDays }).meta({ id: 'ApplicationChange' });

export const application = z
  .object({
    id: applicationId,
    number: z.int(),
    name: z.string(),
    hookFailure,
    publicKeys,
    eventRetentionDays: z.int().nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'Application' });

export const applicationWithKeys = application
  .extend({ appKey: z.string(), masterKey: z.string(), hookKey: z.string(), tokenSecret: z.string() })
  .meta({ id: 'ApplicationWithKeys', description: 'The keys are shown only in this answer.' });
export type ApplicationWithKeys = z.infer<typeof applicationWithKeys>;

export const createApplication = call(
  'applications.create',
  z.object({ request: idempotentRequest.nullable(), application: newApplication }),
  applicationWithKeys,
);
export const updateApplication = call(
  'applications.update',
  z.object({ applicationId, request: idempotentRequest.nullable(), change: applicationChange }),
  application,
);

/** What a gateway needs to check credentials. The keys travel sealed; only holders of the encryption key can open them. */
export const getApplicationCredentials = call(
  'applications.credentials',
  z.object({ applicationId }),
  z.object({
    id: applicationId,
    number: z.int(),
    masterKeySealed: z.string(),
    tokenSecretSealed: z.string(),
    publicKeys: z.array(z.string()),
  }),
);
export type ApplicationCredentials = z.infer<typeof getApplicationCredentials.answer>;
