import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { JsonValue } from '#contracts/json-value.js';
import { limits } from '#contracts/limits.js';
import { answerSummary, requestSummary } from '#domain/hooks/summary.js';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { HookRunsStore, type NewRun } from '../store/hook-runs.store.js';
import type { StoredHook } from '../store/hooks.store.js';

/** What went over the wire, as far as there was a call. */
export interface Exchange {
  readonly status: number | null;
  readonly sentBytes: number;
  /** The answer's body. */
  readonly heard: Buffer | null;
}

interface Ended {
  readonly request: { readonly id: string; readonly conversation?: { readonly id: string } };
  readonly exchange: Exchange | null;
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly duration: number;
  readonly outcome: string;
  readonly failed: boolean;
  readonly isDryRun: boolean;
}

const writeInterval = 500;
const sweepInterval = 60_000;
/** Runs that wait to be written; when there are more, the oldest are lost. */
const mostWaiting = 2_000;
/** A request or answer of more than this (bytes) is not kept whole. */
const largestWhole = 64 * 1_024;

/**
 * Remembers what hooks were asked and answered. Written in batches outside of every call's path: what waits is lost when
 * the process dies. Unless the hook's owner wants contents to be recorded, nothing of them leaves the memory (ADR 21).
 */
@Injectable()
export class HookRuns implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private waiting: NewRun[] = [];
  private readonly writer: Periodic;
  private readonly sweeper: Periodic;

  constructor(
    private readonly store: HookRunsStore,
    private readonly log: Log,
  ) {
    this.writer = new Periodic('runs of hooks', writeInterval, () => this.write(), log);
    this.sweeper = new Periodic('old runs of hooks', sweepInterval, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.writer.start();
    this.sweeper.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sweeper.stop();
    await this.writer.stop();
    await this.write().catch((error: unknown) => {
      this.log.warn({ reason: String(error) }, 'runs of hooks are lost');
    });
  }

  add(hook: StoredHook, { request, exchange, isDryRun, ...ended }: Ended): void {
    const contents = (hook.recordContentsUntil?.getTime() ?? 0) > Date.now();
    if (this.waiting.length >= mostWaiting) this.waiting.shift();
    this.waiting.push({
      ...ended,
      id: uuidv7(),
      hookId: hook.id,
      callId: request.id,
      conversationId: request.conversation?.id ?? null,
      status: exchange?.status ?? null,
      requestBytes: exchange?.sentBytes ?? null,
      answerBytes: exchange?.heard?.length ?? null,
      ...{ mode: hook.mode, dryRun: isDryRun, contents },
      request: JSON.stringify(contents ? wholeRequest(request) : requestSummary(request)),
      answer: JSON.stringify(answerOf(exchange?.heard ?? null, contents)),
      lifetime: contents ? limits.hookContentsLifetime : limits.hookRunLifetime,
    });
  }

  private async write(): Promise<void> {
    const runs = this.waiting;
    this.waiting = [];
    if (runs.length > 0) await this.store.add(runs);
  }

  private async sweep(): Promise<void> {
    while ((await this.store.forgetExpired()) > 0);
  }
}

/** What a hook answered: as JSON, else as text. */
export function answerValue(heard: Buffer): JsonValue {
  const text = heard.toString('utf8');
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function wholeRequest(request: object): object {
  return JSON.stringify(request).length > largestWhole ? requestSummary(request) : request;
}

function answerOf(heard: Buffer | null, contents: boolean): unknown {
  if (heard === null || heard.length > largestWhole) return null;
  const value = answerValue(heard);
  return contents || value === null ? value : answerSummary(value);
}
