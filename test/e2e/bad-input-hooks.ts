import type { hookOperations } from '#contracts/rest/hook-operations.js';
import { sampleRequest } from '../harness/managed-hooks.js';
import { usedKey, type Cast, type Change, type Refusal } from './bad-input-cast.js';

type HookOperationId = keyof typeof hookOperations;

/** As in bad-requests.ts, of the operations on hooks. */
export const goodHookRequests: Record<HookOperationId, (cast: Cast) => Change> = {
  createHook: ({ application }) => ({
    as: application,
    body: { name: 'messageSent', url: 'http://127.0.0.1:9/', enabled: false },
  }),
  listHooks: ({ application }) => ({ as: application }),
  getHook: ({ application, hookId }) => ({ as: application, parameters: { hookId } }),
  updateHook: ({ application, hookId }) => ({
    as: application,
    parameters: { hookId },
    body: { position: 1 },
  }),
  rotateHookSecret: ({ application, hookId }) => ({ as: application, parameters: { hookId }, body: {} }),
  dryRunHook: ({ application, hookId }) => ({
    as: application,
    parameters: { hookId },
    body: { request: sampleRequest },
  }),
  listHookRuns: ({ application, hookId }) => ({ as: application, parameters: { hookId } }),
  getHookStatistics: ({ application, hookId }) => ({ as: application, parameters: { hookId } }),
  deleteHook: ({ application, hookId }) => ({ as: application, parameters: { hookId } }),
};

const uuid = '01940b5e-7d2c-7000-8000-000000000001';
const key = { idempotencyKey: usedKey };
const noSuchHook: readonly Refusal[] = [
  ['an unknown hook', 'hook_not_found', () => ({ parameters: { hookId: uuid } })],
  ['a hook of another application', 'hook_not_found', ({ foreign }) => ({ as: foreign })],
];

export const hookRefusals: Record<HookOperationId, readonly Refusal[]> = {
  createHook: [
    [
      'an address that is not allowed',
      'address_not_allowed',
      () => ({ body: { name: 'messageSent', url: 'http://169.254.169.254/' } }),
    ],
    [
      'an address that is not allowed, in another form',
      'address_not_allowed',
      () => ({ body: { name: 'messageSent', url: 'http://[::ffff:10.0.0.1]/' } }),
    ],
    ['one more than an application may have', 'too_many_hooks', ({ hooked }) => ({ as: hooked })],
    ['a used key with other content', 'idempotency_key_reused', () => key],
  ],
  listHooks: [],
  getHook: noSuchHook,
  updateHook: [
    ...noSuchHook,
    [
      'an address that is not allowed',
      'address_not_allowed',
      () => ({ body: { url: 'http://169.254.169.254/' } }),
    ],
  ],
  rotateHookSecret: [
    ...noSuchHook,
    [
      'a used key with other content',
      'idempotency_key_reused',
      () => ({ ...key, body: { overlapSeconds: 1 } }),
    ],
  ],
  dryRunHook: noSuchHook,
  listHookRuns: noSuchHook,
  getHookStatistics: noSuchHook,
  deleteHook: noSuchHook,
};
