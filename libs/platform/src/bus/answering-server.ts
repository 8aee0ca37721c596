import { setImmediate as nextTurn } from 'node:timers/promises';
import { ServerNats } from '@nestjs/microservices';
import type { Msg, NatsConnection as Connection, Subscription } from '@nats-io/transport-node';
import { longestAnswer, questionsInFlight } from './in-flight.js';

/**
 * Nest's NATS transport, except that it stops without dropping a question: it takes no new ones, answers those it has
 * taken, and only then closes. Nest's own graceful shutdown waits for a fixed time instead.
 */
export class AnsweringServer extends ServerNats {
  private readonly taking: Subscription[] = [];

  constructor(
    private readonly queue: string,
    options: ConstructorParameters<typeof ServerNats>[0],
  ) {
    super(options);
  }

  override bindEvents(client: Connection): void {
    for (const [subject, handler] of this.messageHandlers) {
      const { everyReplica = false } = (handler.extras ?? {}) as { everyReplica?: boolean };
      const answer = this.getMessageHandler(subject) as (error: Error | null, message: Msg) => void;
      const callback = answer.bind(this);
      this.taking.push(
        client.subscribe(subject, everyReplica ? { callback } : { callback, queue: this.queue }),
      );
    }
  }

  override async close(): Promise<void> {
    await Promise.all(this.taking.map((subscription) => subscription.drain()));
    // What was handed over last is counted, and its answer written, within a turn of the event loop.
    await nextTurn();
    await questionsInFlight.idle(longestAnswer);
    await nextTurn();
    await this.unwrap<Connection>().flush();
    await super.close();
  }
}
