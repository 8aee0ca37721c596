/** One call of a hook, as far as it is counted. */
export interface CountedRun {
  /** A verdict, or the name of the failure. */
  readonly outcome: string;
  readonly failed: boolean;
  /** In ms. */
  readonly duration: number;
  /** What was sent; null: no call was made. */
  readonly requestBytes: number | null;
  /** In ms since the epoch. */
  readonly startedAt: number;
}

export interface HookStatistics {
  /** When the oldest of them began, in ms since the epoch; null: there is none. */
  readonly since: number | null;
  readonly calls: number;
  readonly failed: number;
  /** How often each came. */
  readonly verdicts: Record<string, number>;
  readonly failures: Record<string, number>;
  /** In ms, of the calls that were made; null: none was. */
  readonly duration: { readonly p50: number; readonly p99: number } | null;
}

/** What calls of a hook come to. What an open circuit has refused, or what had no time left, was never made, and has taken no time of the hook's. */
export function statisticsOf(runs: readonly CountedRun[]): HookStatistics {
  const failures = runs.filter(({ failed }) => failed);
  const durations = runs
    .filter(({ requestBytes }) => requestBytes !== null)
    .map(({ duration }) => duration)
    .sort((left, right) => left - right);
  const p50 = percentile(durations, 50);
  const p99 = percentile(durations, 99);
  return {
    since: runs.length === 0 ? null : Math.min(...runs.map(({ startedAt }) => startedAt)),
    calls: runs.length,
    failed: failures.length,
    verdicts: counted(runs.filter(({ failed }) => !failed)),
    failures: counted(failures),
    duration: p50 === undefined || p99 === undefined ? null : { p50, p99 },
  };
}

function counted(runs: readonly CountedRun[]): Record<string, number> {
  const groups = Map.groupBy(runs, ({ outcome }) => outcome);
  return Object.fromEntries([...groups].map(([outcome, those]) => [outcome, those.length]));
}

/** The smallest that so many of 100 do not exceed; undefined: there are none. */
function percentile(ascending: readonly number[], percent: number): number | undefined {
  return ascending[Math.ceil((ascending.length * percent) / 100) - 1];
}
