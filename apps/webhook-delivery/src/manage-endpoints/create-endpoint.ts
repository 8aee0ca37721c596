import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { createWebhook } from '#contracts/webhooks.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict } from '#platform/idempotency/idempotent-requests.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { newSigningSecret } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import { endpointView, type Webhook } from './endpoint-view.js';

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
        const secretSealed = this.sealing.seal(newSigningSecret());
        const created = { ...webhook, id: uuidv7(), applicationId, secretSealed, createdAt: new Date() };
        await this.endpoints.insert(transaction, created);
        return { webhook: endpointView(created), secretSealed };
      });
    } catch (error) {
      throw error instanceof IdempotencyConflict ? new HooklineError('idempotency_key_reused') : error;
    }
  }
}
