import { v7 as uuidv7 } from 'uuid';
import type { StoredEndpoint } from '../store/endpoints.store.js';

/** What every endpoint begins with. */
export function beginning() {
  return {
    ...{ id: uuidv7(), createdAt: new Date(), version: 1 },
    ...{ formerSecretSealed: null, formerSecretUntil: null },
    ...{ formerKeySealed: null, formerPublicKey: null, formerKeyUntil: null },
    ...{ disabledReason: null, disabledAt: null },
  } satisfies Partial<StoredEndpoint>;
}
