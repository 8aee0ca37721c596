import type { hookServerOperations } from '#contracts/rest/hook-server-operations.js';
import { server, usedKey, type Cast, type Change, type Refusal } from './bad-input-cast.js';

type OperationId = keyof typeof hookServerOperations;

const key = { idempotencyKey: usedKey };
const { credentials } = server;

/** As in bad-requests.ts, of the operations on hook servers. */
export const goodHookServerRequests: Record<OperationId, (cast: Cast) => Change> = {
  createHookServer: ({ application }) => ({ as: application, body: { ...server, enabled: false } }),
  listHookServers: ({ application }) => ({ as: application }),
  getHookServer: ({ application, serverId }) => ({ as: application, parameters: { serverId } }),
  updateHookServer: ({ application, serverId }) => ({
    as: application,
    parameters: { serverId },
    body: { position: 1 },
  }),
  deleteHookServer: ({ application, serverId }) => ({ as: application, parameters: { serverId } }),
  refreshHookServer: ({ application, serverId }) => ({ as: application, parameters: { serverId }, body: {} }),
};

const notKeys = [1, true, null, [], '', 'two words', 'line\nbreak', 'é', 'x'.repeat(201)];
const wrong = (name: string): unknown[] => notKeys.map((value) => ({ ...credentials, [name]: value }));
const notCredentials = [
  1,
  null,
  [],
  {},
  '',
  ...['applicationId', 'applicationKey', 'masterKey'].flatMap(wrong),
  { ...credentials, hookKey: '' },
  { ...credentials, another: 'key' },
];
const settings = {
  position: [null, '', '1', true, [], -1, 1.5, 10_001],
  deadline: [null, '', '100', true, [], 0, 49, 9_001, 100.5],
  failurePolicy: [1, true, null, [], {}, '', 'ignore'],
  enabled: [1, null, 'true', [], {}],
  sendLegacySign: [1, 'true', [], {}],
};
const urls = [1, null, [], {}, '', 'x', 'ftp://example.com/', 'http://127.0.0.1:9/?query=1', 'http://a:b@c/'];

export const badHookServerFields = {
  createHookServer: {
    protocol: [1, null, '', 'http', 'LeanEngine'],
    url: urls,
    credentials: notCredentials,
    ...settings,
  },
  updateHookServer: {
    url: urls,
    credentials: [
      1,
      null,
      [],
      '',
      { masterKey: null },
      { masterKey: '' },
      { hookKey: '' },
      { another: 'key' },
    ],
    ...settings,
  },
} as const;

const uuid = '01940b5e-7d2c-7000-8000-000000000001';
const refusals: readonly Refusal[] = [
  ['an unknown server', 'hook_server_not_found', () => ({ parameters: { serverId: uuid } })],
  ['a server of another application', 'hook_server_not_found', ({ foreign }) => ({ as: foreign })],
];
const forbidden: Refusal = [
  'an address that is not allowed',
  'address_not_allowed',
  () => ({ body: { ...server, url: 'http://169.254.169.254' } }),
];

/** As in impossible-requests.ts. */
export const hookServerRefusals: Record<OperationId, readonly Refusal[]> = {
  createHookServer: [
    forbidden,
    ['a used key with other content', 'idempotency_key_reused', () => key],
    ['one too many', 'too_many_hook_servers', ({ hooked }) => ({ as: hooked })],
  ],
  listHookServers: [],
  getHookServer: refusals,
  updateHookServer: [
    ...refusals,
    ['a used key with other content', 'idempotency_key_reused', () => key],
    [
      'an address that is not allowed',
      'address_not_allowed',
      () => ({ body: { url: 'http://169.254.169.254' } }),
    ],
  ],
  deleteHookServer: refusals,
  refreshHookServer: refusals,
};
