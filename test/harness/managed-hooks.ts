import type { z } from 'zod';
import type { Hook, hookChange } from '#contracts/hooks/registration.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from './application.js';

interface Registered {
  readonly id: string;
}

/** @throws RestProblem */
export function hookOf(application: TestApplication, { id: hookId }: Registered): Promise<Hook> {
  return application.call(operations.getHook, { parameters: { hookId } });
}

/** @throws RestProblem */
export function changeHook(
  application: TestApplication,
  { id: hookId }: Registered,
  body: z.input<typeof hookChange>,
): Promise<Hook> {
  return application.call(operations.updateHook, { parameters: { hookId }, body });
}

/** @returns the new secret. @throws RestProblem */
export async function rotateSecret(
  application: TestApplication,
  { id: hookId }: Registered,
  overlapSeconds = 0,
): Promise<string> {
  const request = { parameters: { hookId }, body: { overlapSeconds } };
  return (await application.call<{ secret: string }>(operations.rotateHookSecret, request)).secret;
}
