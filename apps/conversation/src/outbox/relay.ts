import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { v4 as uuidv4 } from 'uuid';
import { eventStream, eventStreamSubject, outboxNudge } from '#contracts/stream.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { ensureStream, publishBatch } from '#platform/durable/stream.js';
import { WakeUp } from '#platform/durable/wake-up.js';
import { Log } from '#platform/log.js';
import { OutboxStore, type OutboxEvent, type RelayState } from '../store/outbox.store.js';

/** Nudges are hints; this finds what they missed (ms). */
const pollInterval = 1_000;
/** One relay at a time; another takes over this long (ms) after the last sign of its life. */
const leaseDuration = 5_000;
/** How often the stream's identity is looked at (ms): losing NATS' data is noticed this soon. */
const identityInterval = 2_000;
const batchSize = 500;

/**
 * Hands stored events to the stream, oldest first. Only the replica that holds the lease relays; one that was paused and
 * wakes up may repeat events, which their consumers know by seq. When NATS has lost its data, everything that the outbox
 * still keeps goes out again.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = uuidv4();
  private readonly wakeUp = new WakeUp();
  private running: Promise<void> | undefined;
  private stopping = false;
  private identityKnownAt = -Infinity;

  constructor(
    private readonly outbox: OutboxStore,
    private readonly nats: NatsConnection,
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.bus.subscribe(outboxNudge, () => {
      this.wakeUp.notify();
    });
    this.running = this.repeat();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wakeUp.notify();
    await this.running;
    await this.outbox.releaseLease(this.holder);
  }

  private async repeat(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.relay();
      } catch (error) {
        // The next round tries again; what was published and not marked goes out twice.
        this.log.warn({ reason: String(error) }, 'the outbox could not be relayed');
      }
      await this.wakeUp.wait(pollInterval);
    }
  }

  private async relay(): Promise<void> {
    let hasMore = true;
    while (hasMore && !this.stopping) hasMore = await this.relayBatch();
  }

  /** @returns whether there is reason to go on at once */
  private async relayBatch(): Promise<boolean> {
    const held = await this.outbox.holdLease(this.holder, leaseDuration);
    if (held === null) return false;
    const state = await this.followStream(held);
    // What is to be replayed joins the queue portion by portion, while the rest is being relayed.
    if (state.isReplaying) await this.outbox.replayPortion();
    const events = await this.outbox.unpublished(batchSize);
    const published = await this.publish(events, state);
    if (published.length > 0) await this.outbox.markPublished(published, this.holder, state.streamIdentity);
    return published.length === events.length && (state.isReplaying || events.length === batchSize);
  }

  private async followStream(state: RelayState): Promise<RelayState> {
    const now = performance.now();
    if (now - this.identityKnownAt < identityInterval) return state;
    const identity = await ensureStream(await jetstreamManager(this.nats.connection), eventStream);
    this.identityKnownAt = now;
    if (identity === state.streamIdentity) return state;
    if (state.streamIdentity !== null) {
      this.log.warn({}, 'the event stream is new: what the outbox keeps is published again');
    }
    return this.outbox.beginReplay(identity);
  }

  private async publish(events: readonly OutboxEvent[], { replayedUpTo }: RelayState): Promise<bigint[]> {
    const results = await publishBatch(
      jetstream(this.nats.connection),
      events.map(({ outboxNumber, event }) => ({
        subject: eventStreamSubject(event.conversationKey),
        payload: JSON.stringify(event),
        // The stream may remember the id of a message that one of its consumers has lost.
        ...(outboxNumber > replayedUpTo && { messageId: event.event.id }),
      })),
    );
    const failed = results.filter(({ kind }) => kind === 'failed').length;
    if (failed > 0) {
      this.identityKnownAt = -Infinity;
      this.log.warn({ failed, of: events.length }, 'the stream did not take every event');
    }
    return events
      .filter((_event, index) => results[index]?.kind === 'published')
      .map(({ outboxNumber }) => outboxNumber);
  }
}
