import { z } from 'zod';
import { call } from '../call.js';
import { applicationId, conversationId, timestamp } from '../identifiers.js';
import { jsonValue } from '../json-value.js';
import { limits } from '../limits.js';
import { hookCircuit, hookMode } from './registration.js';

const duration = z.number().meta({ description: 'Of the call, waiting for others included, in ms.' });
const status = z
  .int()
  .nullable()
  .meta({ description: 'HTTP status of the answer; null: there was no answer.' });

/** One call of a hook. */
export const hookRun = z
  .object({
    id: z.uuid(),
    callId: z.string().meta({ description: '`id` of the request, and the header `webhook-id`.' }),
    conversationId: conversationId.nullable(),
    startedAt: timestamp,
    duration,
    outcome: z.string().meta({
      description: '`pass`, `rewrite`, `drop`, `reject`, `heard` (of those that are told), or the failure.',
    }),
    failed: z.boolean(),
    status,
    requestBytes: z.int().nullable(),
    answerBytes: z.int().nullable(),
    mode: hookMode,
    dryRun: z.boolean(),
    contents: z.boolean().meta({ description: 'Whether `request` and `answer` are whole.' }),
    request: jsonValue.meta({ description: 'What was sent; unless `contents`, with types and sizes only.' }),
    answer: jsonValue.meta({
      description: 'What was answered, as JSON or as text; null: nothing, or too much to be kept.',
    }),
  })
  .meta({ id: 'HookRun' });
export type HookRun = z.infer<typeof hookRun>;

const ofHook = z.object({ applicationId, hookId: z.uuid() });

/** Newest first. */
export const listHookRuns = call(
  'hooks.runs.list',
  ofHook.extend({ cursor: z.string().nullable(), limit: z.int() }),
  z.object({ runs: z.array(hookRun), nextCursor: z.string().nullable() }),
);

const outcomes = z.record(z.string(), z.int().min(1));

/** What the recorded runs of a hook come to. */
export const hookStatistics = z
  .object({
    since: timestamp
      .nullable()
      .meta({ description: 'When the oldest call began that is counted; null: none is.' }),
    calls: z.int().meta({ description: 'How many calls are counted: the last ones, without dry runs.' }),
    failed: z.int().meta({ description: 'How many of them failed.' }),
    verdicts: outcomes.meta({
      description:
        'How many answered so: `pass`, `rewrite`, `drop`, `reject`, `heard` (of those that are told).',
      example: { pass: 90, drop: 7 },
    }),
    failures: outcomes.meta({
      description: 'How many failed so, by the name of the failure.',
      example: { timeout: 2, status_500: 1 },
    }),
    duration: z.object({ p50: z.int(), p99: z.int() }).nullable().meta({
      description:
        'In ms, waiting for others included, of the calls that were made; null: none was. Half of them, and 99 of 100, took at most this.',
    }),
    circuit: hookCircuit,
  })
  .meta({ id: 'HookStatistics' });

export const readHookStatistics = call('hooks.statistics', ofHook, hookStatistics);

export const dryRun = z
  .strictObject({
    request: z.record(z.string(), jsonValue).meta({
      description:
        "A request as the hook's schema says, without `id`, `hook` and `applicationId`; `timestamp` may be left out.",
      'x-maximum-bytes': limits.requestBodyBytes,
    }),
  })
  .meta({ id: 'DryRun' });

export const dryRunResult = z
  .object({
    verdict: z
      .enum(['pass', 'rewrite', 'drop', 'reject', 'heard'])
      .nullable()
      .meta({ description: 'null: the call has failed.' }),
    failure: z.string().nullable(),
    status,
    duration,
    answer: jsonValue.meta({ description: 'What was answered, as JSON or as text; null: nothing.' }),
  })
  .meta({ id: 'DryRunResult' });

/** Calls the hook now; nothing changes by what it answers. */
export const dryRunHook = call(
  'hooks.dry-run',
  ofHook.extend({ dryRun }),
  dryRunResult,
  limits.hookDeadlineMaximum + 3_000,
);
