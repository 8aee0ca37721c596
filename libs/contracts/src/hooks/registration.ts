import { z } from 'zod';
import { call } from '../call.js';
import { applicationId, timestamp } from '../identifiers.js';
import { idempotentRequest } from '../idempotency.js';
import { limits } from '../limits.js';
import { displayUrl } from '../url.js';
import { hookName } from './names.js';
import { hookRegistryLease } from './registry.js';

export const failurePolicy = z.enum(['continue', 'abort', 'default']).meta({
  id: 'FailurePolicy',
  description: "What a failing hook does to the operation; `default` is the application's `hookFailure`.",
});

/** How a hook is called: our own way, or LeanCloud's. */
export const hookProtocol = z.enum(['http', 'leanengine']).meta({ id: 'HookProtocol' });
export type HookProtocol = z.infer<typeof hookProtocol>;

export const hook = z
  .object({
    id: z.uuid(),
    name: hookName,
    protocol: hookProtocol,
    serverId: z
      .uuid()
      .nullable()
      .meta({ description: 'The hook server that has it; null: it was registered by itself.' }),
    url: z.string(),
    position: z.int(),
    deadline: z.int().meta({ description: 'How long one call may take, in ms.' }),
    failurePolicy,
    enabled: z.boolean(),
    createdAt: timestamp,
  })
  .meta({ id: 'Hook' });
export type Hook = z.infer<typeof hook>;

export const hookWithSecret = hook
  .extend({
    secret: z
      .string()
      .meta({ description: 'Standard Webhooks secret; shown only in this answer.', example: 'whsec_...' }),
  })
  .meta({ id: 'HookWithSecret' });

const position = z
  .int()
  .min(0)
  .max(10_000)
  .meta({ description: 'Hooks of a name run in ascending position.' });
const deadline = z
  .int()
  .min(limits.hookDeadlineMinimum)
  .max(limits.hookDeadlineMaximum)
  .meta({ description: 'How long one call may take, in ms.' });

export const newHook = z
  .strictObject({
    name: hookName,
    url: displayUrl,
    position: position.default(0),
    deadline: deadline.default(limits.hookDeadlineDefault),
    failurePolicy: failurePolicy.default('default'),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'NewHook' });

export const hookChange = z
  .strictObject({
    url: displayUrl.exactOptional(),
    position: position.exactOptional(),
    deadline: deadline.exactOptional(),
    failurePolicy: failurePolicy.exactOptional(),
    enabled: z.boolean().exactOptional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .meta({ id: 'HookChange' });

export const secretRotation = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(limits.hookSecretOverlapMaximumSeconds)
      .default(0)
      .meta({ description: 'How long calls are signed with the former secret as well; 0: not at all.' }),
  })
  .meta({ id: 'SecretRotation' });

export const rotatedSecret = z
  .object({
    secret: z.string().meta({ description: 'The new secret. It is shown in this answer only.' }),
    formerValidUntil: timestamp.meta({ description: 'From then on the former secret signs no more.' }),
  })
  .meta({ id: 'RotatedSecret' });

const ofHook = z.object({ applicationId, hookId: z.uuid() });
/** Of calls that change the registry: they are answered when no replica trusts an older copy. */
const changesRegistry = hookRegistryLease + 5_000;

export const createHook = call(
  'hooks.create',
  z.object({ applicationId, request: idempotentRequest.nullable(), hook: newHook }),
  hookWithSecret,
  changesRegistry,
);
export const listHooks = call('hooks.list', z.object({ applicationId }), z.object({ hooks: z.array(hook) }));
export const getHook = call('hooks.get', ofHook, hook);
export const updateHook = call('hooks.update', ofHook.extend({ change: hookChange }), hook, changesRegistry);
export const rotateHookSecret = call(
  'hooks.rotate-secret',
  ofHook.extend({ request: idempotentRequest.nullable(), rotation: secretRotation }),
  rotatedSecret,
  changesRegistry,
);
export const deleteHook = call('hooks.delete', ofHook, z.object({}), changesRegistry);
