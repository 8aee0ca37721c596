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
import { FilteredAttributes } from './filtered-attributes.js';
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
    private readonly attributes: FilteredAttributes,
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
    try {
      await this.outbox.releaseLease(this.holder);
    } catch (error) {
      this.log.warn(
        { reason: String(error) },
        'the lease of the outbox could not be given back and runs out',
      );
    }
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
    const followed = await this.followStream(held);
    if (followed === null) return 'idle';
    const { streamIdentity, isReplaying } = followed;
    const { events, orphans } = await this.outbox.unpublished(roundSize);
    const waiting = events.length + orphans.length;
    const settled = waiting === 0 ? [] : [...orphans, ...(await this.publish(events))];
    if (settled.length > 0) {
      const isMarked = await this.outbox.markPublished(settled, this.holder, streamIdentity);
      if (!isMarked) this.lease = undefined;
    }
    if (settled.length < waiting) return 'worked';
    // What is to be replayed joins the queue portion by portion, each when the one before it is gone.
    if (isReplaying && waiting < roundSize) {
      const state = await this.outbox.replayPortion(this.holder, replaySize);
      return this.remember(state) === null ? 'idle' : 'more';
    }
    if (waiting === 0) return 'idle';
    return waiting === roundSize ? 'more' : 'worked';
  }

  private async holdLease(): Promise<RelayState | null> {
    const askedAt = performance.now();
    if (this.lease === undefined || askedAt - this.lease.askedAt > leaseInterval) {
      this.lease = { state: await this.outbox.holdLease(this.holder, leaseDuration), askedAt };
    }
    return this.lease.state;
  }

  /** The lease is as old as it was; what it says is newer. Null: it is lost. */
  private remember(state: RelayState | null): RelayState | null {
    if (state === null) this.lease = undefined;
    else if (this.lease !== undefined) this.lease = { ...this.lease, state };
    return state;
  }

  private async followStream(state: RelayState): Promise<RelayState | null> {
    const now = performance.now();
    if (now - this.identityKnownAt < identityInterval) return state;
    const identity = await ensureStream(this.nats.connection, eventStream);
    if (identity !== state.streamIdentity) {
      if (state.streamIdentity !== null)
        this.log.warn({}, 'NATS may have lost events: what the outbox keeps is published again');
      return this.remember(await this.outbox.beginReplay(this.holder, identity));
    }
    this.identityKnownAt = now;
    return state;
  }

  /** @returns the numbers of those that the stream has taken */
  private async publish(events: readonly OutboxEvent[]): Promise<bigint[]> {
    const whole = await this.attributes.add(events);
    const portions = portionsOf(
      whole.map(({ event }) => JSON.stringify(event)),
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
