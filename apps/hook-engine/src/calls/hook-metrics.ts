import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { Metrics } from '#platform/metrics.js';
import type { StoredHook } from '../store/hooks.store.js';
import type { Called } from './hook-guard.port.js';

const labels = ['application', 'hook', 'name'] as const;

type Counted = Pick<StoredHook, 'applicationId' | 'id' | 'name'>;
type Taken = Pick<Called<unknown>, 'duration' | 'exchange'>;

/** Counts and measures calls, by hook. */
@Injectable()
export class HookMetrics {
  private readonly calls: Counter<(typeof labels)[number] | 'outcome'>;
  private readonly durations: Histogram<(typeof labels)[number]>;

  constructor({ registry }: Metrics) {
    this.calls = new Counter({
      name: 'hookline_hook_calls_total',
      help: 'Calls of hooks, by what came of them: a verdict, or the name of a failure.',
      labelNames: [...labels, 'outcome'],
      registers: [registry],
    });
    this.durations = new Histogram({
      name: 'hookline_hook_call_seconds',
      help: 'How long calls of hooks that were made took, waiting for others included.',
      labelNames: [...labels],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 9],
      registers: [registry],
    });
  }

  /** What came of a call; one that was not made (without an `exchange`) has not taken any time of the hook's. */
  count({ applicationId, id, name }: Counted, outcome: string, { duration, exchange }: Taken): void {
    const of = { application: applicationId, hook: id, name };
    this.calls.inc({ ...of, outcome });
    if (exchange !== null) this.durations.observe(of, duration / 1_000);
  }
}
