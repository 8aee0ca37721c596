import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { testWebhook, WebhookTestResult } from '#contracts/webhooks/deliveries.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';
import { failureOf, Post, type PostResult } from '../dispatch/post.port.js';
import { AttemptsStore } from '../store/attempts.store.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import { sampleMessage } from './sample-payload.js';

type Question = z.output<typeof testWebhook.question>;

/** After so long (ms) another test may have ended. */
const pause = 1_000;

/** Sends something that nothing depends on: beside all that waits, and whatever the endpoint's state is. */
@Injectable()
export class TestEndpoint {
  /** Tests under way, by their applications. */
  private readonly underWay = new Map<string, number>();

  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly post: Post,
    private readonly attempts: AttemptsStore,
  ) {}

  /** @throws HooklineError webhook_not_found, rate_limited */
  async test(question: Question): Promise<WebhookTestResult> {
    const { applicationId } = question;
    const count = this.underWay.get(applicationId) ?? 0;
    // Each may take as long as a receiver likes to hang.
    if (count >= limits.webhookTestsAtOnce)
      throw new HooklineError('rate_limited', 'Too many tests are under way', { retryAfter: pause });
    this.underWay.set(applicationId, count + 1);
    try {
      return await this.send(question);
    } finally {
      const left = (this.underWay.get(applicationId) ?? 0) - 1;
      if (left <= 0) this.underWay.delete(applicationId);
      else this.underWay.set(applicationId, left);
    }
  }

  private async send({ applicationId, webhookId, test: { type } }: Question): Promise<WebhookTestResult> {
    const endpoint = await this.endpoints.findOf(applicationId, webhookId);
    if (endpoint === null) throw new HooklineError('webhook_not_found');
    const sample = { id: timeOrderedId(), webhookId: endpoint.id, now: Date.now() };
    const message = sampleMessage(endpoint.format, { applicationId, type }, sample);
    const result = await this.post.send(endpoint, message, { 'hookline-test': 'true' });
    const { duration } = result;
    const failure = failureOf(result);
    const said = saidIn(result);
    await this.attempts.add(endpoint.id, {
      ...{
        id: timeOrderedId(),
        messageId: message.id,
        startedAt: new Date(result.startedAt),
        duration,
        failure,
      },
      ...said,
      outcome: failure === null ? 'succeeded' : 'failed',
    });
    return { delivered: failure === null, failure, duration, ...said };
  }
}

function saidIn(result: PostResult): Pick<WebhookTestResult, 'status' | 'answer'> {
  return result.kind === 'answered'
    ? { status: result.status, answer: result.answer }
    : { status: null, answer: '' };
}
