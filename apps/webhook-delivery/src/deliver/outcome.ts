import type { JobOutcome } from '#platform/durable/job-worker.js';
import { isOwnFailure } from '#platform/outgoing/outgoing-failure.js';
import type { OutgoingResult } from '#platform/outgoing/outgoing-http.js';

/** What an attempt came to. `gone`: the receiver says that the endpoint will never take anything again. */
export type DeliveryOutcome =
  Exclude<JobOutcome, { kind: 'dead' }> | { readonly kind: 'gone'; readonly error: string };

const gone = 410;
/** How long (ms) a delivery waits that failed on our side, which is no attempt. */
const ownDelay = 1_000;

export function outcomeOf(result: OutgoingResult): DeliveryOutcome {
  if (result.kind === 'failed' && isOwnFailure(result.failure))
    return { kind: 'postponed', error: result.failure, delay: ownDelay };
  if (result.kind === 'failed') return { kind: 'retry', error: `${result.failure}: ${result.detail}` };
  if (result.status >= 200 && result.status < 300) return { kind: 'done' };
  return { kind: result.status === gone ? 'gone' : 'retry', error: `status_${result.status}` };
}
