import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { formatMistake, type updateWebhook } from '#contracts/webhooks/registration.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { Sealing } from '#platform/security/sealing.js';
import { EndpointsStore, type StoredEndpoint } from '../store/endpoints.store.js';
import { formatColumns, formatOf } from './endpoint-format.js';
import { newKey } from './new-key.js';

type Question = z.output<typeof updateWebhook.question>;

@Injectable()
export class UpdateEndpoint {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
  ) {}

  /** @throws HooklineError invalid_request, webhook_not_found, address_not_allowed */
  async update({ applicationId, webhookId, change }: Question): Promise<StoredEndpoint> {
    const address = change.url === undefined ? 'allowed' : await this.outgoing.checkUrl(change.url);
    return this.endpoints.together(async (transaction) => {
      const former = await this.endpoints.findAlone(transaction, applicationId, webhookId);
      if (former === null) throw new HooklineError('webhook_not_found');
      if (address !== 'allowed') throw new HooklineError(address);
      checkFormat(former, change);
      checkCallback(former, change);
      const { conversations, format, order, ...plain } = change;
      const isEnabledAgain = change.enabled === true && !former.enabled;
      const isElsewhere = change.url !== undefined && change.url !== former.url;
      // Another receiver is not what the former one was.
      if (isEnabledAgain || isElsewhere) await this.endpoints.resetState(transaction, former.id);
      const lacksKey = change.signatures?.includes('v1a') === true && former.keySealed === null;
      return this.endpoints.update(transaction, former.id, {
        ...plain,
        ...(order !== undefined && { ordering: order }),
        ...(format && formatColumns(format)),
        ...(conversations && {
          conversationKinds: conversations.kinds,
          conversationId: conversations.conversationId,
        }),
        ...(isEnabledAgain && { disabledReason: null, disabledAt: null }),
        ...(lacksKey && newKey(this.sealing)),
      });
    });
  }
}

/** What waits is stored in the form of its format. @throws HooklineError invalid_request */
function checkFormat(former: StoredEndpoint, change: Question['change']): void {
  const {
    format = formatOf(former),
    eventTypes = former.eventTypes,
    conversations = { kinds: former.conversationKinds },
  } = change;
  const detail =
    formOf(format.kind) !== formOf(former.format)
      ? 'cannot become, or cease to be, leancloud or vonage'
      : formatMistake({ format, eventTypes, conversations });
  if (detail === null) return;
  const errors = [{ pointer: '/format/kind', detail }];
  throw new HooklineError('invalid_request', `format ${detail}`, { errors });
}

/** What deliveries look like; `single` and `batch` have the same. */
function formOf(kind: StoredEndpoint['format']): 'native' | 'leancloud' | 'vonage' {
  return kind === 'leancloud' || kind === 'vonage' ? kind : 'native';
}

/** @throws HooklineError invalid_request */
function checkCallback({ isCallback }: StoredEndpoint, { conversations }: Question['change']): void {
  if (!isCallback || conversations === undefined) return;
  const detail = 'is that of its conversation: a callback has no other';
  const errors = [{ pointer: '/conversations', detail }];
  throw new HooklineError('invalid_request', `conversations ${detail}`, { errors });
}
