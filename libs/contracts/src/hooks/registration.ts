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

export const hook = z
  .object({
    id: z.uuid(),
    name: hookName,
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

export const newHook = z
  .strictObject({
    name: hookName,
    url: displayUrl,
    position: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .meta({ description: 'Hooks of a name run in ascending position.' }),
    deadline: z
      .int()
      .min(limits.hookDeadlineMinimum)
      .max(limits.hookDeadlineMaximum)
      .default(limits.hookDeadlineDefault),
    failurePolicy: failurePolicy.default('default'),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'NewHook' });

export const createHook = call(
  'hooks.create',
  z.object({ applicationId, request: idempotentRequest.nullable(), hook: newHook }),
  hookWithSecret,
  hookRegistryLease + 5_000,
);
export const listHooks = call('hooks.list', z.object({ applicationId }), z.object({ hooks: z.array(hook) }));
export const deleteHook = call(
  'hooks.delete',
  z.object({ applicationId, hookId: z.uuid() }),
  z.object({}),
  hookRegistryLease + 5_000,
);
