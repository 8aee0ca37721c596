import { z } from 'zod';
import { hookServer, hookServerPatch, newHookServer } from '../hooks/servers.js';
import { inputless, operation } from './describe.js';

const ofServer = z.object({ serverId: z.uuid() });

/** Servers that say by themselves which hooks they have. */
export const hookServerOperations = {
  createHookServer: operation({
    ...inputless,
    id: 'createHookServer',
    method: 'post',
    path: '/hook-servers',
    tag: 'Hook servers',
    summary: 'Register a hook server; its hooks are effective when this is answered',
    description:
      'The server is asked which hooks it has, now and every 45 s. When it cannot be asked, it is registered all the ' +
      'same, and `lastError` says why.',
    callers: ['master'],
    body: newHookServer,
    answers: { 201: { description: 'Registered.', schema: hookServer } },
    errors: ['address_not_allowed', 'too_many_hook_servers', 'idempotency_key_reused'],
    idempotent: true,
  }),
  listHookServers: operation({
    ...inputless,
    id: 'listHookServers',
    method: 'get',
    path: '/hook-servers',
    tag: 'Hook servers',
    summary: 'List the hook servers',
    callers: ['master'],
    answers: {
      200: { description: 'All hook servers.', schema: z.object({ servers: z.array(hookServer) }) },
    },
    errors: [],
    idempotent: false,
  }),
  getHookServer: operation({
    ...inputless,
    id: 'getHookServer',
    method: 'get',
    path: '/hook-servers/{serverId}',
    tag: 'Hook servers',
    summary: 'Read a hook server',
    callers: ['master'],
    parameters: ofServer,
    answers: { 200: { description: 'The hook server.', schema: hookServer } },
    errors: ['hook_server_not_found'],
    idempotent: false,
  }),
  updateHookServer: operation({
    ...inputless,
    id: 'updateHookServer',
    method: 'patch',
    path: '/hook-servers/{serverId}',
    tag: 'Hook servers',
    summary: 'Change a hook server, and ask it again',
    callers: ['master'],
    parameters: ofServer,
    body: hookServerPatch,
    answers: { 200: { description: 'Changed.', schema: hookServer } },
    errors: ['hook_server_not_found', 'address_not_allowed', 'idempotency_key_reused'],
    idempotent: true,
  }),
  deleteHookServer: operation({
    ...inputless,
    id: 'deleteHookServer',
    method: 'delete',
    path: '/hook-servers/{serverId}',
    tag: 'Hook servers',
    summary: 'Remove a hook server with its hooks',
    callers: ['master'],
    parameters: ofServer,
    answers: { 204: { description: 'Removed.' } },
    errors: ['hook_server_not_found'],
    idempotent: false,
  }),
  refreshHookServer: operation({
    ...inputless,
    id: 'refreshHookServer',
    method: 'post',
    path: '/hook-servers/{serverId}/refresh',
    tag: 'Hook servers',
    summary: 'Ask a hook server now which hooks it has',
    callers: ['master'],
    parameters: ofServer,
    body: z.strictObject({}),
    answers: { 200: { description: 'What it is now.', schema: hookServer } },
    errors: ['hook_server_not_found'],
    idempotent: false,
  }),
} as const;
