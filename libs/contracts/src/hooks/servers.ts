import { z } from 'zod';
import { call } from '../call.js';
import { applicationId, timestamp } from '../identifiers.js';
import { idempotentRequest } from '../idempotency.js';
import { limits } from '../limits.js';
import { displayUrl } from '../url.js';
import { hookName } from './names.js';
import { hook, hookChange, newHook } from './registration.js';
import { hookRegistryLease } from './registry.js';

/*
 * Servers that say by themselves which hooks they have. Hookline asks them, and keeps a hook for each that they name.
 */

/** Travels in a header. */
const key = z
  .string()
  .min(1)
  .max(limits.hookServerKeyLength)
  .regex(/^[\x21-\x7e]+$/, 'may contain visible ASCII characters');

/** What the server was given by LeanCloud, and checks. Never shown again, but for `applicationId`. */
export const leanEngineCredentials = z
  .strictObject({
    applicationId: key.meta({ description: 'LEANCLOUD_APP_ID of the server.' }),
    applicationKey: key.meta({ description: 'LEANCLOUD_APP_KEY' }),
    masterKey: key.meta({ description: 'LEANCLOUD_APP_MASTER_KEY: needed to ask which hooks there are.' }),
    hookKey: key
      .nullable()
      .default(null)
      .meta({ description: 'LEANCLOUD_APP_HOOK_KEY; null: the server has none.' }),
  })
  .meta({ id: 'LeanEngineCredentials' });
export type LeanEngineCredentials = z.output<typeof leanEngineCredentials>;

const url = displayUrl
  .refine((text) => URL.canParse(text) && new URL(text).search === '', 'must have no query')
  .meta({ example: 'https://engine.example.com', description: 'What stands before `/1.1/functions`.' });

const sendLegacySign = z.boolean().nullable().meta({
  description: 'Whether calls carry `__sign`, as servers of long ago want it; null: if the server seems to.',
});

/** What its hooks share. */
const shared = {
  position: newHook.shape.position,
  deadline: newHook.shape.deadline,
  failurePolicy: newHook.shape.failurePolicy,
  enabled: newHook.shape.enabled,
};

export const newHookServer = z
  .strictObject({
    protocol: z.literal('leanengine'),
    url,
    credentials: leanEngineCredentials,
    sendLegacySign: sendLegacySign.default(null),
    ...shared,
  })
  .meta({ id: 'NewHookServer' });

export const leanEngineCredentialsPatch = leanEngineCredentials
  // A field that is not named must not get its default.
  .extend({ hookKey: key.nullable() })
  .partial()
  .meta({ id: 'LeanEngineCredentialsPatch' });

/** What is not named stays as it is. */
export const hookServerPatch = z
  .strictObject({
    url: url.optional(),
    credentials: leanEngineCredentialsPatch.optional(),
    sendLegacySign: sendLegacySign.optional(),
    position: hookChange.shape.position,
    deadline: hookChange.shape.deadline,
    failurePolicy: hookChange.shape.failurePolicy,
    enabled: hookChange.shape.enabled,
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), 'must change something')
  .meta({ id: 'HookServerPatch' });

/** Why it could not be asked which hooks it has. */
export const hookServerError = z.enum([
  'unauthorized',
  'unreachable',
  'invalid_answer',
  'address_not_allowed',
]);
export type HookServerError = z.infer<typeof hookServerError>;

export const hookServer = z
  .object({
    id: z.uuid(),
    protocol: z.literal('leanengine'),
    url: z.string(),
    credentials: z.object({ applicationId: z.string() }),
    sendLegacySign,
    position: hook.shape.position,
    deadline: hook.shape.deadline,
    failurePolicy: hook.shape.failurePolicy,
    enabled: hook.shape.enabled,
    deployed: z.array(hookName).meta({ description: 'The hooks that it said it has.' }),
    lastRefreshedAt: timestamp.nullable().meta({ description: 'When it last said so.' }),
    lastError: hookServerError.nullable().meta({
      description:
        'Why it could not be asked the last time; its hooks stay what they were. Null: it answered.',
    }),
    refusedSince: timestamp.nullable().meta({
      description: 'Since when it refuses calls of its hooks (401): a key is wrong. Null: it does not.',
    }),
    runtime: z.string().nullable().meta({ example: 'nodejs-v20.20.2' }),
    version: z.string().nullable().meta({ description: "Of the server's SDK.", example: '3.8.0' }),
    createdAt: timestamp,
  })
  .meta({ id: 'HookServer' });
export type HookServer = z.infer<typeof hookServer>;

const server = { applicationId, serverId: z.uuid() };
const request = idempotentRequest.nullable();
/** Sealed by the gateway: JSON of the credentials, or of what is changed of them. */
const credentialsSealed = z.string();

/** How long asking a server may take (ms), in running time. */
export const discoveryTimeout = 5_000;
const waitsForServer = discoveryTimeout + 2 * hookRegistryLease + 5_000;

export const createHookServer = call(
  'hook-servers.create',
  z.object({
    applicationId,
    request,
    server: z.object({ ...newHookServer.shape, credentials: credentialsSealed }),
  }),
  hookServer,
  waitsForServer,
);
export const listHookServers = call(
  'hook-servers.list',
  z.object({ applicationId }),
  z.object({ servers: z.array(hookServer) }),
);
export const getHookServer = call('hook-servers.get', z.object(server), hookServer);
export const updateHookServer = call(
  'hook-servers.update',
  z.object({
    ...server,
    request,
    patch: z.object({ ...hookServerPatch.shape, credentials: credentialsSealed.optional() }),
  }),
  hookServer,
  waitsForServer,
);
export const deleteHookServer = call(
  'hook-servers.delete',
  z.object(server),
  z.object({}),
  hookRegistryLease + 5_000,
);
export const refreshHookServer = call('hook-servers.refresh', z.object(server), hookServer, waitsForServer);
