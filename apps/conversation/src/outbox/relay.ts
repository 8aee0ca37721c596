import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { jetstream } from '@nats-io/jetstream';
import { v4 as uuidv4 } from 'uuid';
import { eventStream, eventStreamSubject, outboxNudge } from '#contracts/stream.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { portionsOf } from '#platform/durable/portions.js';
import { ensureStream, publishBatch } from '#platform/durable/stream.js';
import { WakeUp } from '#platform/durable/wake-up.js';
import { Log } from '#platform/log.js';
import { OutboxStore, type OutboxEvent, type RelayState } from '../store/outbox.store.js';

/** Nudges are hints; this finds what they missed (ms). */
const pollInterval = 1_000;
/** One relay at a time; another takes over this long (ms) after the last sign of its life. */
const leaseDuration = 5_000;
/** How long (ms) the answer to "who relays" is believed: far less than the lease lasts, and not from poll to poll. */
const leaseInterval = 900;
/** How often the stream's identity is looked at (ms): losing NATS' data is noticed this soon. */
const identityInterval = 2_000;
/** Under load rounds begin this far apart (ms), so that events travel together; a lone event leaves at once. */
const roundInterval = 40;
const roundSize = 1_000;
/** Of what is to be published again: leaves room in every round for what is new. */
const replaySize = 500;
/** Of one message of the stream. */
const messageLimits = { entries: 100, bytes: 256 * 1024 };

/**
 * Hands stored events to the stream, oldest first, many in one message. Only the replica that holds the lease relays; one
 * that was paused and wakes up may repeat events, which their consumers know by seq. When NATS has lost its data,
 * everything that the outbox still keeps goes out again.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = uuidv4();
  private readonly wakeUp = new WakeUp();
  private running: Promise<void> | undefined;
  private stopping = false;
  private identityKnownAt = -Infinity;
  /** Null: another replica relays. */
  private lease: { readonly state: RelayState | null; readonly askedAt: number } | undefined;

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
    this.wakeUp.stop();
    await this.running;
    await this.outbox.releaseLease(this.holder);
  }

  private async repeat(): Promise<void> {
    while (!this.stopping) {
      const started = performance.now();
      let isIdle = false;
      try {
        isIdle = (await this.relay()) === 'idle';
      } catch (error) {
        // The next round tries again; what was published and not marked goes out twice.
        this.lease = undefined;
        this.log.warn({ reason: String(error) }, 'the outbox could not be relayed');
      }
      await this.wakeUp.wait(pollInterval);
      if (!isIdle) await this.wakeUp.rest(started + roundInterval - performance.now());
    }
  }

  /** Rounds, until one has left nothing behind or failed to publish. */
  private async relay(): Promise<'idle' | 'worked'> {
    let round = await this.relayRound();
    const isIdle = round === 'idle';
    while (round === 'more' && !this.stopping) round = await this.relayRound();
    return isIdle ? 'idle' : 'worked';
  }

  private async relayRound(): Promise<'idle' | 'worked' | 'more'> {
    const held = await this.holdLease();
    if (held === null) return 'idle';
    const { streamIdentity, isReplaying } = await this.followStream(held);
    // What is to be replayed joins the queue portion by portion, while the rest is being relayed.
    if (isReplaying)
      this.remember({ streamIdentity, isReplaying: await this.outbox.replayPortion(replaySize) });
    const events = await this.outbox.unpublished(roundSize);
    if (events.length === 0) return isReplaying ? 'more' : 'idle';
    const published = await this.publish(events);
    if (published.length > 0) {
      const isMarked = await this.outbox.markPublished(published, this.holder, streamIdentity);
      if (!isMarked) this.lease = undefined;
    }
    const hasMore = published.length === events.length && (isReplaying || events.length === roundSize);
    return hasMore ? 'more' : 'worked';
  }

  private async holdLease(): Promise<RelayState | null> {
    const askedAt = performance.now();
    if (this.lease === undefined || askedAt - this.lease.askedAt > leaseInterval) {
      this.lease = { state: await this.outbox.holdLease(this.holder, leaseDuration), askedAt };
    }
    return this.lease.state;
  }

  /** The lease is as old as it was; what it says is newer. */
  private remember(state: RelayState): void {
    if (this.lease !== undefined) this.lease = { ...this.lease, state };
  }

  private async followStream(state: RelayState): Promise<RelayState> {
    const now = performance.now();
    if (now - this.identityKnownAt < identityInterval) return state;
    const identity = await ensureStream(this.nats.connection, eventStream);
    this.identityKnownAt = now;
    if (identity === state.streamIdentity) return state;
    if (state.streamIdentity !== null) {
      this.log.warn({}, 'NATS may have lost events: what the outbox keeps is published again');
    }
    const replaying = await this.outbox.beginReplay(identity);
    this.remember(replaying);
    return replaying;
  }

  /** @returns the numbers of those that the stream has taken */
  private async publish(events: readonly OutboxEvent[]): Promise<bigint[]> {
    const portions = portionsOf(
      events.map(({ event }) => JSON.stringify(event)),
      messageLimits,
    );
    const results = await publishBatch(
      jetstream(this.nats.connection),
      portions.map(({ lines }) => ({ subject: eventStreamSubject, payload: lines.join('\n') })),
    );
    const taken = portions.filter((_portion, index) => results[index]?.kind === 'published');
    if (taken.length < portions.length) {
      this.identityKnownAt = -Infinity;
      this.log.warn(
        { failed: portions.length - taken.length, of: portions.length },
        'the stream did not take every message',
      );
    }
    return taken.flatMap(({ first, lines }) =>
      events.slice(first, first + lines.length).map(({ outboxNumber }) => outboxNumber),
    );
  }
}
