import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { ConversationCallback, setCallback } from '#contracts/webhooks/callbacks.js';
import type { Transaction } from '#platform/database/database.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { newSigningSecret } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import { CallbacksStore } from '../store/callbacks.store.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import { formatColumns } from './endpoint-format.js';
import { beginning } from './new-endpoint.js';

type Question = z.output<typeof setCallback.question>;
type Place = Pick<Question, 'applicationId' | 'conversationId'>;

/** A conversation's callback is an endpoint that gets the events of this conversation alone. */
@Injectable()
export class SetCallback {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly callbacks: CallbacksStore,
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
  ) {}

  /** @throws HooklineError address_not_allowed */
  async set({ applicationId, conversationId, callback }: Question): Promise<void> {
    const address = callback === null ? 'allowed' : await this.outgoing.checkUrl(callback.url);
    if (address !== 'allowed') throw new HooklineError(address);
    await this.endpoints.together(async (transaction) => {
      await this.endpoints.lockAll(transaction, applicationId);
      const former = await this.callbacks.find(transaction, applicationId, conversationId);
      if (callback !== null && former !== null) await this.change(transaction, former, callback);
      else if (callback !== null) await this.add(transaction, { applicationId, conversationId }, callback);
      else if (former !== null) await this.callbacks.remove(transaction, former.id);
    });
  }

  private async change(
    transaction: Transaction,
    former: { readonly id: string; readonly url: string; readonly enabled: boolean },
    callback: ConversationCallback,
  ): Promise<void> {
    // Another receiver is not what the former one was.
    if (former.url !== callback.url || !former.enabled)
      await this.endpoints.resetState(transaction, former.id);
    const isEnabled = { enabled: true, disabledReason: null, disabledAt: null };
    await this.endpoints.update(transaction, former.id, { ...columnsOf(callback), ...isEnabled });
  }

  private async add(transaction: Transaction, place: Place, callback: ConversationCallback): Promise<void> {
    const secret = await this.callbacks.sharedSecret(transaction, place.applicationId);
    await this.endpoints.insert(transaction, {
      ...beginning(),
      ...place,
      ...columnsOf(callback),
      ...(secret ?? { secretSealed: this.sealing.seal(newSigningSecret()) }),
      ...{ description: null, enabled: true, isCallback: true, eventTypes: [], conversationKinds: [] },
      ...{ ordering: 'conversation', concurrency: limits.webhookConcurrencyDefault, rateLimit: null },
      ...{ signatures: ['v1'], keySealed: null, publicKey: null },
    });
  }
}

function columnsOf({ url, types, params }: ConversationCallback) {
  const callbackParams = params === null ? null : JSON.stringify(params);
  return { url, callbackParams, ...formatColumns({ kind: 'vonage', types }) };
}
