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

/** What clients of LeanCloud's protocols have to show a signature of the application's server for. */
export const signatureArea = z.enum(['login', 'conversation', 'history', 'blacklist']);
export type SignatureArea = z.infer<typeof signatureArea>;

const signatureAreas = z.array(signatureArea).max(signatureArea.options.length).meta({
  description:
    "What clients of LeanCloud's protocols have to show a signature for; none of it unless it is set here.",
});

/** One that another platform gave, and that is compiled into clients. A comma ends a key in LeanCloud's headers. */
const importedKey = z
  .string()
  .min(limits.importedKeyMinimum)
  .max(limits.importedKeyMaximum)
  .regex(/^[\x21-\x2b\x2d-\x7e]+$/, 'must be visible ASCII characters, and no comma')
  .meta({ description: 'Brought along from elsewhere; a new one is made unless it is given.' });

export const newApplication = z
  .strictObject({
    id: applicationId.optional(),
    name: displayText,
    hookFailure: hookFailure
      .default('continue')
      .meta({ description: 'What a failing hook does unless it says otherwise.' }),
    publicKeys: publicKeys.default([]),
    eventRetentionDays: eventRetentionDays.default(null),
    appKey: importedKey.optional(),
    masterKey: importedKey.optional(),
    hookKey: importedKey.optional(),
  })
  .superRefine(({ appKey, masterKey, hookKey }, context) => {
    const refuse = (field: string): void => {
      context.addIssue({ code: 'custom', path: [field], message: 'must differ from the other keys' });
    };
    // Whoever has the one would have the other: every client knows the appKey.
    if (masterKey !== undefined && masterKey === appKey) refuse('masterKey');
    if (hookKey !== undefined && (hookKey === appKey || hookKey === masterKey)) refuse('hookKey');
  })
  .meta({ id: 'NewApplication' });

export const applicationChange = z
  .strictObject({
    name: displayText.optional(),
    hookFailure: hookFailure.optional(),
    publicKeys: publicKeys.optional(),
    eventRetentionDays: eventRetentionDays.optional(),
    signatureAreas: signatureAreas.optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'must change something')
  .meta({ id: 'ApplicationChange' });

export const application = z
  .object({
    id: applicationId,
    number: z.int(),
    name: z.string(),
    hookFailure,
    publicKeys,
    eventRetentionDays: z.int().nullable(),
    signatureAreas,
    createdAt: timestamp,
    deletedAt: timestamp.optional().meta({ description: 'Of a deleted application alone: since when.' }),
    erasedAt: timestamp.nullable().optional().meta({
      description:
        'Of a deleted application alone: since when nothing but its id is left of it; null: its data is being removed.',
    }),
  })
  .meta({ id: 'Application' });
export type Application = z.infer<typeof application>;

export const applicationWithKeys = application
  .extend({ appKey: z.string(), masterKey: z.string(), hookKey: z.string(), tokenSecret: z.string() })
  .meta({ id: 'ApplicationWithKeys', description: 'The keys are shown only in this answer.' });
export type ApplicationWithKeys = z.infer<typeof applicationWithKeys>;

const request = idempotentRequest.nullable();

/** How long a gateway trusts what it knows of an application's keys, from the moment when it asked (ms). */
export const credentialsLease = 5_000;
/** Of calls that change credentials: they are answered when no gateway trusts the former ones any more. */
const changesCredentials = credentialsLease + 5_000;

export const createApplication = call(
  'applications.create',
  z.object({ request, application: newApplication }),
  applicationWithKeys,
);
export const listApplications = call(
  'applications.list',
  z.object({ cursor: z.string().nullable(), limit: z.int() }),
  z.object({ applications: z.array(application), nextCursor: z.string().nullable() }),
);
/** A deleted one as well: without settings. */
export const getApplication = call('applications.get', z.object({ applicationId }), application);
export const updateApplication = call(
  'applications.update',
  z.object({ applicationId, request, change: applicationChange }),
  application,
  changesCredentials,
);
/** Answered when no gateway trusts its credentials any more. Safe to repeat. */
export const deleteApplication = call(
  'applications.delete',
  z.object({ applicationId }),
  application,
  changesCredentials,
);
/** Its keys, by the names under which they are shown. */
export const applicationKey = z
  .enum(['masterKey', 'tokenSecret', 'appKey', 'hookKey'])
  .meta({ id: 'ApplicationKey' });
export type ApplicationKey = z.infer<typeof applicationKey>;

export const keyRotation = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(limits.keyOverlapMaximumSeconds)
      .default(0)
      .meta({ description: 'How long the former key stays valid; 0: not at all.' }),
  })
  .meta({ id: 'KeyRotation' });

export const rotatedKey = z
  .object({
    key: z.string().meta({ description: 'The new key. It is shown in this answer only.' }),
    formerValidUntil: timestamp.meta({ description: 'From then on the former key is refused.' }),
  })
  .meta({ id: 'RotatedKey' });

export const rotateKey = call(
  'applications.rotate-key',
  z.object({ applicationId, request, kind: applicationKey, rotation: keyRotation }),
  rotatedKey,
  changesCredentials,
);

/** A key that was rotated; it counts until `validUntil` by the database's clock, `validFor` ms from the answer. */
const formerKey = z.object({ kind: applicationKey, sealed: z.string(), validFor: z.number() });

/**
 * What a gateway needs to check credentials. The keys travel sealed; only holders of the encryption key can open them.
 * Every conversation replica hears which gateways (`replica`) ask, and so who may hold a copy.
 */
export const getApplicationCredentials = call(
  'applications.credentials',
  z.object({ applicationId, replica: z.uuid() }),
  z.object({
    id: applicationId,
    number: z.int(),
    /** Absent from replicas of the former release. */
    appKeySealed: z.string().optional(),
    masterKeySealed: z.string(),
    tokenSecretSealed: z.string(),
    formerKeys: z.array(formerKey),
    publicKeys: z.array(z.string()),
    signatureAreas: z.array(signatureArea).default([]),
  }),
);
export type ApplicationCredentials = z.infer<typeof getApplicationCredentials.answer>;

/** Told to every gateway: forget the application's credentials. */
export const credentialsChanged = call(
  'applications.credentials.changed',
  z.object({ applicationId }),
  z.object({ replica: z.uuid() }),
  1_000,
);
