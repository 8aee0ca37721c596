import type { z } from 'zod';
import type { HookServer, newHookServer } from '#contracts/hooks/servers.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { keys, type LeanEngine } from './lean-engine.js';

type Options = Partial<Omit<z.input<typeof newHookServer>, 'credentials'>> & {
  readonly credentials?: Partial<z.input<typeof newHookServer>['credentials']>;
};

/** Registers a hook server that runs at LeanCloud's protocol. */
export function register(
  application: TestApplication,
  engine: Pick<LeanEngine, 'url'>,
  { credentials, ...options }: Options = {},
): Promise<HookServer> {
  return application.call(operations.createHookServer, {
    body: {
      protocol: 'leanengine',
      url: engine.url,
      credentials: { ...keys, ...credentials },
      ...options,
    },
  });
}

export function read(application: TestApplication, { id: serverId }: HookServer): Promise<HookServer> {
  return application.call(operations.getHookServer, { parameters: { serverId } });
}

export function refresh(application: TestApplication, { id: serverId }: HookServer): Promise<HookServer> {
  return application.call(operations.refreshHookServer, { parameters: { serverId }, body: {} });
}

export function change(
  application: TestApplication,
  { id: serverId }: HookServer,
  body: z.input<typeof operations.updateHookServer.body>,
): Promise<HookServer> {
  return application.call(operations.updateHookServer, { parameters: { serverId }, body });
}
