import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { Database } from '#platform/database/database.js';
import type { HookRun } from '#prisma/client.js';

export type StoredRun = HookRun;

export type NewRun = Omit<StoredRun, 'startedAt' | 'expiresAt'> & {
  readonly startedAt: number;
  /** How long it is kept, in ms. */
  readonly lifetime: number;
};

/** What statistics need of a run. */
export type CountedRun = Pick<StoredRun, 'outcome' | 'failed' | 'duration' | 'requestBytes' | 'startedAt'>;

const sweptAtOnce = 1_000;

/** The last calls of each hook. */
@Injectable()
export class HookRunsStore {
  constructor(private readonly database: Database) {}

  /** Keeps them, unless their hook is gone, and forgets those that they push out. */
  async add(runs: readonly NewRun[]): Promise<void> {
    const rows = runs.map(({ startedAt, ...run }) => ({
      ...run,
      startedAt: new Date(startedAt).toISOString(),
    }));
    await this.database.queries.$executeRaw`
      INSERT INTO hook_engine.hook_run (id, hook_id, call_id, conversation_id, started_at, duration, outcome, failed,
        status, request_bytes, answer_bytes, mode, dry_run, contents, request, answer, expires_at)
      SELECT run.id, hook.id, run."callId", run."conversationId", run."startedAt", run.duration, run.outcome, run.failed,
        run.status, run."requestBytes", run."answerBytes", run.mode, run."dryRun", run.contents, run.request, run.answer,
        now() + run.lifetime * interval '1 millisecond'
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS run(id uuid, "hookId" uuid, "callId" text,
        "conversationId" text, "startedAt" timestamptz, duration integer, outcome text, failed boolean, status integer,
        "requestBytes" integer, "answerBytes" integer, mode text, "dryRun" boolean, contents boolean, request text,
        answer text, lifetime bigint)
      JOIN hook_engine.hook AS hook ON hook.id = run."hookId"`;
    await this.database.queries.$executeRaw`
      DELETE FROM hook_engine.hook_run WHERE id = ANY (ARRAY(
        SELECT old.id FROM unnest(${[...new Set(runs.map(({ hookId }) => hookId))]}::uuid[]) AS hook(id)
        CROSS JOIN LATERAL (
          SELECT run.id FROM hook_engine.hook_run AS run WHERE run.hook_id = hook.id
          ORDER BY run.id DESC OFFSET ${limits.hookRunsKept}
        ) AS old
      ))`;
  }

  /** Newest first, those before `beforeId`. */
  list(hookId: string, beforeId: string | null, limit: number): Promise<StoredRun[]> {
    return this.database.client.hookRun.findMany({
      where: { hookId, expiresAt: { gt: new Date() }, ...(beforeId !== null && { id: { lt: beforeId } }) },
      orderBy: { id: 'desc' },
      take: limit,
    });
  }

  /**
   * Deletes a portion of the runs in whose contents the user's id stands, be it as a part of something else: they are kept
   * for an hour at most anyway. Those without contents name nobody.
   *
   * @returns how many
   */
  forgetUser(applicationId: string, userId: string): Promise<number> {
    const text = JSON.stringify(userId).slice(1, -1);
    return this.database.queries.$executeRaw`
      DELETE FROM hook_engine.hook_run WHERE id = ANY (ARRAY(
        SELECT run.id FROM hook_engine.hook
        CROSS JOIN LATERAL (
          SELECT own.id, own.contents, own.request, own.answer FROM hook_engine.hook_run AS own
          WHERE own.hook_id = hook.id OFFSET 0
        ) AS run
        WHERE hook.application_id = ${applicationId} AND run.contents
          AND (strpos(run.request, ${text}) > 0 OR strpos(run.answer, ${text}) > 0)
        LIMIT ${sweptAtOnce}
      ))`;
  }

  /** The last calls that counted: no dry runs. */
  counted(hookId: string): Promise<CountedRun[]> {
    return this.database.client.hookRun.findMany({
      select: { outcome: true, failed: true, duration: true, requestBytes: true, startedAt: true },
      where: { hookId, expiresAt: { gt: new Date() }, dryRun: false },
      orderBy: { id: 'desc' },
      take: limits.hookRunsKept,
    });
  }

  /** Deletes a portion of those whose time is over. @returns how many */
  forgetExpired(): Promise<number> {
    return this.database.queries.$executeRaw`
      DELETE FROM hook_engine.hook_run WHERE id = ANY (ARRAY(
        SELECT id FROM hook_engine.hook_run WHERE expires_at < now() ORDER BY expires_at LIMIT ${sweptAtOnce}
        FOR UPDATE SKIP LOCKED
      ))`;
  }
}
