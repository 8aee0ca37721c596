import type { Webhook } from '#contracts/webhooks/registration.js';
import type { StoredEndpoint } from '../store/endpoints.store.js';

type Columns = Pick<StoredEndpoint, 'format' | 'vonageTypes' | 'batchSize' | 'linger'>;

const alone = { vonageTypes: [], batchSize: 1, linger: 0 } as const;

/** As an endpoint's row has it. */
export function formatColumns(format: Webhook['format']): Columns {
  switch (format.kind) {
    case 'single':
      return { format: 'single', ...alone };
    case 'vonage':
      return { format: 'vonage', ...alone, vonageTypes: format.types };
    case 'batch':
    case 'leancloud':
      return { format: format.kind, vonageTypes: [], batchSize: format.size, linger: format.lingerMs };
  }
}

/** As its owner sees it. */
export function formatOf({
  format: kind,
  vonageTypes,
  batchSize: size,
  linger: lingerMs,
}: Columns): Webhook['format'] {
  switch (kind) {
    case 'single':
      return { kind };
    case 'vonage':
      return { kind, types: [...vonageTypes] };
    case 'batch':
    case 'leancloud':
      return { kind, size, lingerMs };
  }
}
