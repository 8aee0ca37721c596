import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodeIdCursor, encodeIdCursor } from '#contracts/cursor.js';
import { forgetHookRuns } from '#contracts/erasure.js';
import { HooklineError } from '#contracts/errors.js';
import { hookMode } from '#contracts/hooks/registration.js';
import { dryRunHook, listHookRuns, readHookStatistics, type HookRun } from '#contracts/hooks/runs.js';
import type { JsonValue } from '#contracts/json-value.js';
import { statisticsOf } from '#domain/hooks/statistics.js';
import { Answers } from '#platform/bus/answers.js';
import { HookCalls } from '../calls/hook-calls.port.js';
import { HookRunsStore, type StoredRun } from '../store/hook-runs.store.js';
import { HooksStore } from '../store/hooks.store.js';
import { DryRun } from './dry-run.js';

/** What hooks do, for their owners. */
@Controller()
export class RunsController {
  constructor(
    private readonly hooks: HooksStore,
    private readonly runs: HookRunsStore,
    private readonly dryRun: DryRun,
    private readonly calls: HookCalls,
  ) {}

  @Answers(listHookRuns)
  async list({
    applicationId,
    hookId,
    cursor,
    limit,
  }: z.output<typeof listHookRuns.question>): Promise<z.output<typeof listHookRuns.answer>> {
    const hook = await this.hooks.findOf(applicationId, hookId);
    if (hook === null) throw new HooklineError('hook_not_found');
    const before = cursor === null ? null : decodeIdCursor(cursor);
    const rows = await this.runs.list(hookId, before, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      runs: page.map(runView),
      nextCursor: rows.length > limit && last ? encodeIdCursor(last.id) : null,
    };
  }

  /** The same whichever replica is asked, but for the circuit. */
  @Answers(readHookStatistics)
  async statistics({
    applicationId,
    hookId,
  }: z.output<typeof readHookStatistics.question>): Promise<z.output<typeof readHookStatistics.answer>> {
    const hook = await this.hooks.findOf(applicationId, hookId);
    if (hook === null) throw new HooklineError('hook_not_found');
    const runs = await this.runs.counted(hookId);
    const statistics = statisticsOf(runs.map((run) => ({ ...run, startedAt: run.startedAt.getTime() })));
    return { ...statistics, circuit: this.calls.circuitOf(hook) };
  }

  @Answers(dryRunHook)
  dry(question: z.output<typeof dryRunHook.question>): Promise<z.output<typeof dryRunHook.answer>> {
    return this.dryRun.run(question);
  }

  @Answers(forgetHookRuns)
  async forget({
    applicationId,
    userId,
  }: z.output<typeof forgetHookRuns.question>): Promise<z.output<typeof forgetHookRuns.answer>> {
    return { isDone: (await this.runs.forgetUser(applicationId, userId)) === 0 };
  }
}

function runView({ hookId: _hookId, expiresAt: _expiresAt, ...run }: StoredRun): HookRun {
  return {
    ...run,
    startedAt: run.startedAt.getTime(),
    mode: hookMode.parse(run.mode),
    request: JSON.parse(run.request) as JsonValue,
    answer: JSON.parse(run.answer) as JsonValue,
  };
}
