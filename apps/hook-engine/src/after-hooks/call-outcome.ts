import type { JobOutcome } from '#platform/durable/job-worker.js';
import { isOwnFailure } from '#platform/outgoing/outgoing-failure.js';
import type { Called } from '../calls/hook-guard.port.js';
import type { StoredHook } from '../store/hooks.store.js';

/** How long (ms) a call waits for a hook whose server is away. */
const circuitDelay = 2_000;
/** How long (ms) a call waits that failed on our side. */
const ownDelay = 1_000;

/** What becomes of the job by which an after-hook was told. */
export function callOutcome({ mode }: Pick<StoredHook, 'mode'>, result: Called<null>): JobOutcome {
  if (result.kind === 'answered') return { kind: 'done' };
  const { failure } = result;
  if (isOwnFailure(failure)) return { kind: 'postponed', error: failure, delay: ownDelay };
  // Nobody counts on a shadow hook.
  if (mode === 'shadow') return { kind: 'done' };
  if (failure === 'circuit_open') return { kind: 'postponed', error: failure, delay: circuitDelay };
  return { kind: 'retry', error: failure };
}
