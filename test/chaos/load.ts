import { setTimeout as wait } from 'node:timers/promises';
import { wireError } from '#contracts/errors.js';
import type { SendAcknowledgement } from '#contracts/sockets.js';
import { operations } from '#contracts/rest/operations.js';
import { requestOf, rest, type RestAnswer } from '../harness/rest.js';
import type { ChaosClient, Gateway } from './chaos-client.js';
import type { Random } from './random.js';
import type { Outcome, Sent } from './records.js';
import type { Wording } from './wording.js';

type Stored = Extract<SendAcknowledgement, { eventId: string }>;

interface LoadOptions {
  readonly wording: Wording;
  readonly gateways: readonly Gateway[];
  /** Mean time between two messages of a client, in ms. */
  readonly pace: number;
}

const restTime = 20_000;

/** Sends one message after the other, each again and again until it is acknowledged or refused for good. */
export class Sender {
  readonly sent: Sent[] = [];

  constructor(
    private readonly client: ChaosClient,
    private readonly conversations: readonly string[],
    private readonly random: Random,
    private readonly options: LoadOptions,
  ) {}

  /** @param giveUp when even the last message is left as it is */
  async run(until: AbortSignal, giveUp: AbortSignal): Promise<void> {
    const { random, options } = this;
    while (!until.aborted) {
      await wait(random.between(0, 2 * options.pace));
      const sent = this.compose();
      this.sent.push(sent);
      const prefersRest = random.chance(0.2);
      await insist(sent, () => this.attempt(sent, prefersRest), random, giveUp);
      if (sent.outcome.kind !== 'unknown' && random.chance(0.05)) {
        sent.repeated = await this.attempt(sent, !prefersRest).catch(() => undefined as never);
      }
    }
  }

  private compose(): Sent {
    const { client, random } = this;
    const dice = random.next();
    const treatment = dice < 0.7 ? 'rewrite' : dice < 0.85 ? 'narrow' : dice < 0.93 ? 'drop' : 'reject';
    return {
      id: `${client.name}-${String(this.sent.length + 1)}`,
      client: client.name,
      userId: client.user.id,
      conversationId: random.pick(this.conversations),
      treatment,
      isCustom: random.chance(0.15),
      startedAt: Date.now(),
      attempts: 0,
      outcome: { kind: 'unknown' },
      failures: [],
    };
  }

  /** @throws when there is no answer, or one that says to try again */
  private async attempt(sent: Sent, byRest: boolean): Promise<Outcome> {
    const answer = byRest ? await this.byRest(sent) : await this.bySocket(sent);
    if (answer.ok) {
      if ('dropped' in answer) return { kind: 'dropped' };
      return storedOutcome(answer);
    }
    if (answer.error.retryable) throw new Error(answer.error.code);
    return { kind: 'refused', error: answer.error };
  }

  private bySocket({ id, conversationId, treatment, isCustom }: Sent): Promise<SendAcknowledgement> {
    const text = this.options.wording.raw(id, treatment);
    const common = { conversationId, idempotencyKey: id };
    return isCustom
      ? this.client.call('custom_event.send', { ...common, name: 'chaos', data: { text } })
      : this.client.call('message.send', { ...common, content: { type: 'text', text } });
  }

  private async byRest({ id, conversationId, treatment, isCustom }: Sent): Promise<SendAcknowledgement> {
    const text = this.options.wording.raw(id, treatment);
    const common = { as: this.client.user, parameters: { conversationId }, idempotencyKey: id };
    const request = isCustom
      ? requestOf(operations.sendCustomEvent, { ...common, body: { name: 'chaos', data: { text } } })
      : requestOf(operations.sendMessage, { ...common, body: { content: { type: 'text', text } } });
    const { status, body } = await inTime(rest(this.random.pick(this.options.gateways).url, request));
    if (status < 300) return { ok: true, ...(body as object) } as SendAcknowledgement;
    return { ok: false, error: wireError.parse(body) };
  }
}

/** Again and again until the outcome is known. @param attempt throws when it is not */
export async function insist(
  sent: Sent,
  attempt: () => Promise<Outcome>,
  random: Random,
  giveUp: AbortSignal,
): Promise<void> {
  while (!giveUp.aborted) {
    sent.attempts += 1;
    try {
      sent.outcome = await attempt();
      if (sent.outcome.kind !== 'unknown') {
        sent.acknowledgedAt = Date.now();
        return;
      }
    } catch (error) {
      if (sent.failures.length < 20)
        sent.failures.push(error instanceof Error ? error.message : String(error));
    }
    await wait(random.between(100, 400));
  }
}

function storedOutcome({ eventId, seq, timestamp }: Stored): Outcome {
  return { kind: 'stored', eventId, seq, timestamp };
}

/** A request to a paused gateway is answered by nobody for as long as it lasts. */
export async function inTime(answer: Promise<RestAnswer>): Promise<RestAnswer> {
  const overdue = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    overdue.reject(new Error('no answer in time'));
  }, restTime);
  try {
    return await Promise.race([answer, overdue.promise]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}
