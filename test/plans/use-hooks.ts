import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import {
  changeHook,
  dryRunOf,
  hookOf,
  rotateSecret,
  runsOf,
  sampleRequest,
  statisticsOf,
} from '../harness/managed-hooks.js';

/** Hooks are looked at, changed and removed. */
export async function useHooks(application: TestApplication, hook: { readonly id: string }): Promise<void> {
  await rotateSecret(application, hook, 60);
  await hookOf(application, hook);
  await runsOf(application, hook);
  await statisticsOf(application, hook);
  await dryRunOf(application, hook, sampleRequest);
  await changeHook(application, hook, { position: 1 });
  await application.call(operations.listHooks);
  await application.deleteHook(hook);
}
