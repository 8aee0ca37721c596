import type { Webhook } from '#contracts/webhooks/registration.js';
import type { ReceiverState } from '../store/receiver-states.store.js';

type State = Omit<ReceiverState, 'endpointId'>;

/** Of an endpoint that nothing was ever sent to. */
export const unknownReceiver: State = {
  pausedUntil: null,
  pauseReason: null,
  openings: 0,
  failingSince: null,
  nextDueAt: null,
};

/** How a webhook's receiver is, as its owner sees it. @param now in ms since the epoch */
export function receiverView(state: State, now: number): Webhook['state'] {
  const until = state.pausedUntil?.getTime() ?? 0;
  const pausedFor = (reason: string): number | null =>
    state.pauseReason === reason && until > now ? until : null;
  const retryAt = pausedFor('circuit');
  const isTried = state.openings > 0 ? 'half_open' : 'closed';
  return {
    circuit: { state: retryAt === null ? isTried : 'open', retryAt },
    throttledUntil: pausedFor('throttled'),
    failingSince: state.failingSince?.getTime() ?? null,
    nextAttemptAt: state.nextDueAt && Math.max(state.nextDueAt.getTime(), until),
  };
}
