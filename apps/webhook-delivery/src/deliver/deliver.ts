import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import type { Job, JobOutcome } from '#platform/durable/job-worker.js';
import { Log } from '#platform/log.js';
import { OutgoingHttp, type OutgoingResult } from '#platform/outgoing/outgoing-http.js';
import { signatureHeaders } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import { EndpointsStore, type StoredEndpoint } from '../store/endpoints.store.js';
import { outcomeOf, type DeliveryOutcome } from './outcome.js';

/** Attempts one delivery; the worker knows when to try again. */
@Injectable()
export class Deliver {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
    private readonly log: Log,
  ) {}

  async run(job: Job): Promise<JobOutcome> {
    const endpoint = await this.endpoints.find(job.target);
    // Deleted while the delivery was being made: nobody is left to miss it.
    if (endpoint === null) return { kind: 'done' };
    if (!endpoint.enabled) return { kind: 'dead', error: 'endpoint_disabled' };
    const result = await this.post(endpoint, job);
    const outcome = outcomeOf(result);
    this.note(job, result, outcome);
    switch (outcome.kind) {
      case 'gone':
        await this.endpoints.disable(endpoint.id);
        return { kind: 'dead', error: outcome.error };
      case 'done':
      case 'postponed':
      case 'retry':
        return outcome;
    }
  }

  private post({ url, secretSealed }: StoredEndpoint, { eventId, payload }: Job): Promise<OutgoingResult> {
    const secret = this.sealing.open(secretSealed);
    return this.outgoing.post({
      url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Hookline',
        ...signatureHeaders([secret], { id: eventId, timestamp: new Date(), body: payload }),
      },
      body: payload,
      timeout: limits.webhookTimeout,
      maximumAnswerBytes: limits.hookAnswerBytes,
    });
  }

  private note({ target, eventId, attempts }: Job, result: OutgoingResult, outcome: DeliveryOutcome): void {
    const status = result.kind === 'answered' ? result.status : result.failure;
    const attempt = attempts + 1;
    this.log.info(
      { endpointId: target, eventId, attempt, status, outcome: outcome.kind, duration: result.duration },
      'webhook delivery',
    );
  }
}
