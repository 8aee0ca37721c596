import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { eraseHooks, eraseNotifications, eraseWebhooks } from '#contracts/erasure.js';
import { eventStream } from '#contracts/stream.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { isAcknowledged, lastTaken } from '#platform/durable/stream.js';

/** How long, and how often, it is asked whether the consumers have come so far (ms). */
const patience = 5_000;
const interval = 250;

/** What other apps have of a deleted application. */
@Injectable()
export class ErasureElsewhere {
  constructor(
    private readonly bus: Bus,
    private readonly nats: NatsConnection,
  ) {}

  /**
   * Removes a portion of what the apps have of the application, and of the work that events of these conversations have
   * made. Of those nothing may come any more.
   *
   * @returns how many rows
   * @throws when an app does not answer
   */
  async erase(applicationId: string, conversationKeys: readonly bigint[]): Promise<number> {
    const question = { applicationId, conversationKeys: conversationKeys.map(String) };
    let sum = 0;
    for (const call of [eraseHooks, eraseWebhooks, eraseNotifications])
      sum += (await this.bus.ask(call, question)).removed;
    return sum;
  }

  /** Whether every app has taken over everything that the stream had when this was asked. */
  async haveConsumed(): Promise<boolean> {
    const upTo = await lastTaken(this.nats.connection, eventStream);
    for (let waited = 0; waited < patience; waited += interval) {
      if (await isAcknowledged(this.nats.connection, eventStream, upTo)) return true;
      await setTimeout(interval);
    }
    return false;
  }
}
