import type { z } from 'zod';
import type { webhook } from '#contracts/webhooks.js';
import type { StoredEndpoint } from '../store/endpoints.store.js';

export type Webhook = z.output<typeof webhook>;

/** A webhook as its owner sees it: without its secret, which is shown only once. */
export function endpointView({ id, url, eventTypes, enabled, createdAt }: StoredEndpoint): Webhook {
  return { id, url, eventTypes, enabled, createdAt: createdAt.getTime() };
}
