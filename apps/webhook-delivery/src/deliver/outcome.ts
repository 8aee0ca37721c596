import type { OutgoingResult } from '#platform/outgoing/outgoing-http.js';

/** What an attempt came to. `gone`: the receiver says that the endpoint will never take anything again. */
export type DeliveryOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'gone'; readonly error: string }
  | { readonly kind: 'retry'; readonly error: string };

const gone = 410;

export function outcomeOf(result: OutgoingResult): DeliveryOutcome {
  if (result.kind === 'failed') return { kind: 'retry', error: `${result.failure}: ${result.detail}` };
  if (result.status >= 200 && result.status < 300) return { kind: 'done' };
  return { kind: result.status === gone ? 'gone' : 'retry', error: `status_${result.status}` };
}
