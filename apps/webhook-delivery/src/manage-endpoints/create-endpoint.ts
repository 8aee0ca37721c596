import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { createWebhook, Webhook } from '#contracts/webhooks/registration.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict } from '#platform/idempotency/idempotent-requests.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { newSigningSecret } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import { EndpointsStore, type StoredEndpoint } from '../store/endpoints.store.js';
import { formatColumns } from './endpoint-format.js';
import { endpointView } from './endpoint-view.js';
import { beginning } from './new-endpoint.js';
import { newKey } from './new-key.js';
import { SharedSecret } from './shared-secret.js';

type Question = z.output<typeof createWebhook.question>;
type Answer = z.output<typeof createWebhook.answer>;

/** What is kept of a registration for those who ask again: sealed, like everything that is secret. */
interface Registration {
  readonly webhook: Webhook;
  readonly secretSealed: string;
}

@Injectable()
export class CreateEndpoint {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
    private readonly sharedSecret: SharedSecret,
  ) {}

  /**
   * The endpoint gets every event that is stored after the answer.
   *
   * @throws HooklineError address_not_allowed, too_many_webhooks, idempotency_key_reused
   */
  async create(question: Question): Promise<Answer> {
    const address = await this.outgoing.checkUrl(question.webhook.url);
    const { webhook, secretSealed } = await this.register(question, address === 'allowed');
    return { ...webhook, secret: this.sealing.open(secretSealed) };
  }

  private async register(
    { applicationId, request, webhook }: Question,
    isAllowed: boolean,
  ): Promise<Registration> {
    const fingerprint = fingerprintOf(webhook);
    const once = { applicationId, request, fingerprint, retention: limits.idempotencyRetention };
    try {
      return await this.endpoints.once(once, async (transaction): Promise<Registration> => {
        if (!isAllowed) throw new HooklineError('address_not_allowed');
        const count = await this.endpoints.countAlone(transaction, applicationId);
        if (count >= limits.webhooksPerApplication) throw new HooklineError('too_many_webhooks');
        const created = this.made(applicationId, webhook);
        await this.endpoints.insert(transaction, created);
        await this.sharedSecret.changed(transaction, created);
        return { webhook: endpointView(created), secretSealed: created.secretSealed };
      });
    } catch (error) {
      throw error instanceof IdempotencyConflict ? new HooklineError('idempotency_key_reused') : error;
    }
  }
  private made(
    applicationId: string,
    { conversations, format, order, ...settings }: Question['webhook'],
  ): StoredEndpoint {
    const key = settings.signatures.includes('v1a')
      ? newKey(this.sealing)
      : { keySealed: null, publicKey: null };
    return {
      ...settings,
      ...key,
      ...beginning(),
      applicationId,
      ...{ isCallback: false, callbackParams: null },
      ordering: order,
      ...formatColumns(format),
      conversationKinds: conversations.kinds,
      conversationId: conversations.conversationId,
      secretSealed: this.sealing.seal(newSigningSecret()),
    };
  }
}
