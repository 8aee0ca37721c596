import type { z } from 'zod';
import type { HookName } from '#contracts/hooks/names.js';
import type { Hook, hookChange, newHook } from '#contracts/hooks/registration.js';
import type { dryRunResult, HookRun, hookStatistics } from '#contracts/hooks/runs.js';
import type { JsonValue } from '#contracts/json-value.js';
import { operations } from '#contracts/rest/operations.js';
import type { AppProcess } from './app-process.js';
import type { TestApplication } from './application.js';

/** What a `messageSent` hook is told, as a dry run takes it. */
export const sampleRequest = {
  conversation: { id: 'kitchen', kind: 'group' },
  origin: { address: null, dialect: 'native' },
  event: {
    id: '01940b5e-7d2c-7000-8000-000000000001',
    conversationId: 'kitchen',
    seq: 2,
    timestamp: 1_472_200_796_764,
    type: 'message',
    senderId: 'tom',
    content: { type: 'text', text: 'Holy crap!' },
  },
  onlineRecipients: ['jerry'],
  offlineRecipients: [],
};

interface Registered {
  readonly id: string;
}

/** For whom `TestApplication.on` is not enough: a hook at any address. @throws RestProblem */
export function registerHook(
  application: TestApplication,
  name: HookName,
  options: Omit<z.input<typeof newHook>, 'name'>,
): Promise<Hook & { readonly secret: string }> {
  return application.call(operations.createHook, { body: { name, ...options } });
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

/** The newest ones, newest first. @throws RestProblem */
export async function runsOf(
  application: TestApplication,
  { id: hookId }: Registered,
  query: { readonly limit?: number; readonly cursor?: string } = {},
): Promise<{ runs: HookRun[]; nextCursor: string | null }> {
  return application.call(operations.listHookRuns, { parameters: { hookId }, query });
}

/** @throws RestProblem */
export function statisticsOf(
  application: TestApplication,
  { id: hookId }: Registered,
): Promise<z.output<typeof hookStatistics>> {
  return application.call(operations.getHookStatistics, { parameters: { hookId } });
}

/** @throws RestProblem */
export function dryRunOf(
  application: TestApplication,
  { id: hookId }: Registered,
  request: Record<string, JsonValue>,
): Promise<z.output<typeof dryRunResult>> {
  return application.call(operations.dryRunHook, { parameters: { hookId }, body: { request } });
}

/** How often a replica of hook-engine has called a hook since it was started, whatever came of it. */
export async function callsOfHookBy(engine: AppProcess, { id }: Registered): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', engine.url))).text();
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('hookline_hook_calls_total{') && line.includes(`hook="${id}"`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
