import type { Webhook } from '#contracts/webhooks/registration.js';
import type { StoredEndpoint } from '../store/endpoints.store.js';
import { receiverView, unknownReceiver } from './receiver-view.js';
import { formatOf } from './endpoint-format.js';

/**
 * A webhook as its owner sees it: without its secret, which is shown only once.
 *
 * @param receiver how its receiver is; without one: it was just registered
 * @param now in ms since the epoch
 */
export function endpointView(
  endpoint: StoredEndpoint,
  receiver: Parameters<typeof receiverView>[0] = unknownReceiver,
  now = Date.now(),
): Webhook {
  const { id, url, description, enabled, signatures, conversationId, disabledReason, disabledAt } = endpoint;
  const { ordering: order, concurrency, rateLimit } = endpoint;
  return {
    ...{ id, url, description, enabled },
    eventTypes: [...endpoint.eventTypes],
    conversations: { kinds: [...endpoint.conversationKinds], conversationId },
    format: formatOf(endpoint),
    ...{ order, concurrency, rateLimit },
    signatures: [...signatures],
    publicKeys: publicKeys(endpoint, now),
    disabled: disabledReason && disabledAt && { reason: disabledReason, at: disabledAt.getTime() },
    state: { ...receiverView(receiver, now), ...(!enabled && { nextAttemptAt: null }) },
    isCallback: endpoint.isCallback,
    createdAt: endpoint.createdAt.getTime(),
  };
}

function publicKeys(
  { signatures, publicKey, formerPublicKey, formerKeyUntil }: StoredEndpoint,
  now: number,
): string[] {
  if (!signatures.includes('v1a')) return [];
  const signsStill = formerKeyUntil !== null && formerKeyUntil.getTime() > now;
  return [publicKey, signsStill ? formerPublicKey : null].filter((key) => key !== null);
}
