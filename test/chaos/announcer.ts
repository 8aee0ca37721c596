import { setTimeout as wait } from 'node:timers/promises';
import { wireError } from '#contracts/errors.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { requestOf, rest } from '../harness/rest.js';
import type { Gateway } from './chaos-client.js';
import { inTime, insist } from './load.js';
import type { Random } from './random.js';
import type { Outcome, Sent } from './records.js';
import type { Wording } from './wording.js';

/** In whose name a service speaks. */
export const announcer = 'announcer';
/** Between two broadcasts, in ms; ten a minute are taken. */
const pause = { shortest: 2_000, longest: 6_000 };

/** Sends one broadcast after the other to all users, each again and again until it is acknowledged. */
export class Announcer {
  readonly sent: Sent[] = [];

  constructor(
    private readonly application: TestApplication,
    private readonly serviceId: string,
    private readonly random: Random,
    private readonly options: { readonly wording: Wording; readonly gateways: readonly Gateway[] },
  ) {}

  /** @param giveUp when even the last one is left as it is */
  async run(until: AbortSignal, giveUp: AbortSignal): Promise<void> {
    const { random } = this;
    while (!until.aborted) {
      await wait(random.between(pause.shortest, pause.longest));
      const sent: Sent = {
        id: `${announcer}-${String(this.sent.length + 1)}`,
        client: announcer,
        userId: announcer,
        conversationId: this.serviceId,
        treatment: random.chance(0.85) ? 'rewrite' : 'drop',
        isCustom: false,
        startedAt: Date.now(),
        attempts: 0,
        outcome: { kind: 'unknown' },
        failures: [],
      };
      this.sent.push(sent);
      await insist(sent, () => this.attempt(sent), random, giveUp);
    }
  }

  /** @throws when there is no answer, or one that says to try again */
  private async attempt({ id, treatment }: Sent): Promise<Outcome> {
    const text = this.options.wording.raw(id, treatment);
    const request = requestOf(operations.sendBroadcast, {
      as: this.application,
      parameters: { conversationId: this.serviceId },
      body: { senderId: announcer, content: { type: 'text', text } },
      idempotencyKey: id,
    });
    const { status, body } = await inTime(rest(this.random.pick(this.options.gateways).url, request));
    if (status < 300) {
      if ('dropped' in (body as object)) return { kind: 'dropped' };
      const { eventId, seq, timestamp } = body as { eventId: string; seq: number; timestamp: number };
      return { kind: 'stored', eventId, seq, timestamp };
    }
    const error = wireError.parse(body);
    if (error.retryable) throw new Error(error.code);
    return { kind: 'refused', error };
  }
}
