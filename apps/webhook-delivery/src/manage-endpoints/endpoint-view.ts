import type { Webhook } from '#contracts/webhooks.js';
import type { StoredEndpoint } from '../store/endpoints.store.js';

/** A webhook as its owner sees it: without its secret, which is shown only once. */
export function endpointView({ id, url, eventTypes, enabled, createdAt }: StoredEndpoint): Webhook {
  return { id, url, eventTypes, enabled, createdAt: createdAt.getTime() };
}
