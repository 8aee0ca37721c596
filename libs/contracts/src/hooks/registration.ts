import { z } from 'zod';
import { call } from '../call.js';
import { conversationKind } from '../conversations.js';
import { applicationId, timestamp } from '../identifiers.js';
import { idempotentRequest } from '../idempotency.js';
import { limits } from '../limits.js';
import { rotatedSecret, secretRotation } from '../secret-rotation.js';
import { displayUrl } from '../url.js';
import { hookName, isAboutConversations, type HookName } from './names.js';
import { hookRegistryLease } from './registry.js';

export const failurePolicy = z.enum(['continue', 'abort', 'default']).meta({
  id: 'FailurePolicy',
  description: "What a failing hook does to the operation; `default` is the application's `hookFailure`.",
});

/** How a hook is called: our own way, or LeanCloud's. */
export const hookProtocol = z.enum(['http', 'leanengine']).meta({ id: 'HookProtocol' });
export type HookProtocol = z.infer<typeof hookProtocol>;

/** Of a hook that is called about conversations. */
const kinds = z
  .array(conversationKind)
  .max(conversationKind.options.length)
  .meta({ description: 'Kinds of conversation that it is called about. Empty: all.' });

export const hookAttribute = z
  .strictObject({
    name: z.string().min(1).max(limits.nameLength),
    value: z.union([z.string().max(1_000), z.number(), z.boolean(), z.null()]),
  })
  .nullable()
  .meta({
    id: 'HookAttribute',
    description: 'It is called only about conversations that have this attribute with exactly this value.',
  });
export type HookAttribute = z.infer<typeof hookAttribute>;

const concurrency = z
  .int()
  .min(1)
  .max(limits.hookConcurrencyMaximum)
  .meta({ description: 'Calls at once, of each replica of hook-engine; the others wait.' });

export const hookMode = z.enum(['live', 'shadow']).meta({
  id: 'HookMode',
  description: '`shadow`: it is called, but what it answers changes nothing, and nobody waits for it.',
});

const recordContents = z.boolean().meta({
  description:
    'true: for an hour from now, its runs are recorded with what was said in them. For debugging: messages stand there that the hook refuses.',
});

export const hookCircuit = z
  .object({
    state: z.enum(['closed', 'open', 'half_open']),
    retryAt: timestamp.nullable().meta({ description: 'When it is tried again; null unless `open`.' }),
  })
  .meta({
    id: 'HookCircuit',
    description: 'Whether it is called, as the replica of hook-engine that answers has found it.',
  });
export type HookCircuit = z.infer<typeof hookCircuit>;

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
    kinds,
    attribute: hookAttribute,
    concurrency,
    mode: hookMode,
    recordContentsUntil: timestamp
      .nullable()
      .meta({ description: 'Until then its runs are recorded with their contents.' }),
    circuit: hookCircuit,
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

/** Whether a hook of this name can be filtered so; null: it can. */
export function filterMistake({
  name,
  kinds: wanted,
  attribute,
}: {
  readonly name: HookName;
  readonly kinds: readonly string[];
  readonly attribute: HookAttribute;
}): { readonly field: 'kinds' | 'attribute'; readonly detail: string } | null {
  if (isAboutConversations(name)) return null;
  if (wanted.length > 0) return { field: 'kinds', detail: 'must be empty: this hook is about sessions' };
  if (attribute !== null) return { field: 'attribute', detail: 'must be null: this hook is about sessions' };
  return null;
}

export const newHook = z
  .strictObject({
    name: hookName,
    url: displayUrl,
    position: position.default(0),
    deadline: deadline.default(limits.hookDeadlineDefault),
    failurePolicy: failurePolicy.default('default'),
    enabled: z.boolean().default(true),
    kinds: kinds.default([]),
    attribute: hookAttribute.default(null),
    concurrency: concurrency.default(limits.hookConcurrencyDefault),
    mode: hookMode.default('live'),
    recordContents: recordContents.default(false),
  })
  .superRefine((asked, context) => {
    const mistake = filterMistake(asked);
    if (mistake !== null)
      context.addIssue({ code: 'custom', message: mistake.detail, path: [mistake.field] });
  })
  .meta({ id: 'NewHook' });

/** Of a hook alone that comes from a server: what it does not name is as it is set of the server. */
export const serverHookSettings = z.strictObject({
  position: position.exactOptional(),
  deadline: deadline.exactOptional(),
  failurePolicy: failurePolicy.exactOptional(),
  enabled: z.boolean().exactOptional(),
  kinds: kinds.exactOptional(),
  attribute: hookAttribute.exactOptional(),
  concurrency: concurrency.exactOptional(),
  mode: hookMode.exactOptional(),
});
export type ServerHookSettings = z.output<typeof serverHookSettings>;

export const hookChange = serverHookSettings
  .extend({ url: displayUrl.exactOptional(), recordContents: recordContents.exactOptional() })
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .meta({ id: 'HookChange' });

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
