import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { deliveryNudge, readEventRange } from '#contracts/stream.js';
import { Bus } from '#platform/bus/bus.js';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { conversationOf, isWanted } from '../enqueue/deliverable.port.js';
import { Expansion } from '../enqueue/expansion.port.js';
import { EndpointsStore, type StoredEndpoint } from '../store/endpoints.store.js';
import { ReplaysStore, type RunningReplay } from '../store/replays.store.js';

/** What a replica has begun and not ended is another's turn after so long (ms). */
const lease = 30_000;
const interval = 1_000;
/** How long (ms) one waits whose endpoint has enough to do, and one whose endpoint is disabled. */
const pause = { full: 1_000, disabled: 10_000 };
/** Deliveries that were given up, looked at in one portion. */
const deadAtOnce = 200;

/** Queues what is to be delivered once more, portion by portion; running replays take turns, whoever's they are. */
@Injectable()
export class ReplayRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task: Periodic;
  private isStopping = false;

  constructor(
    private readonly replays: ReplaysStore,
    private readonly endpoints: EndpointsStore,
    private readonly expansion: Expansion,
    private readonly bus: Bus,
    log: Log,
  ) {
    const work = async (): Promise<void> => {
      while (!this.isStopping && (await this.runPortion()));
    };
    this.task = new Periodic('replays of webhooks', interval, work, log);
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.task.stop();
  }

  /** @returns whether there was one whose turn it is */
  private async runPortion(): Promise<boolean> {
    const replay = await this.replays.take(lease);
    if (replay === null) return false;
    const endpoint = await this.endpoints.find(replay.endpointId);
    // What waits for it is enough for when it is enabled again.
    if (endpoint?.enabled !== true) {
      await this.replays.leave(replay.id, pause.disabled);
    } else if (!(await this.replays.hasRoom(endpoint.id, limits.webhookReplayPending))) {
      await this.replays.leave(replay.id, pause.full);
    } else {
      const queued = await (replay.what === 'dead'
        ? this.revive(replay, endpoint)
        : this.queue(replay, endpoint));
      if (queued !== null && queued > 0) this.bus.publish(deliveryNudge, { endpointIds: [endpoint.id] });
    }
    return true;
  }

  /** Deliveries that were given up; the cursor is the id of the last one that was looked at. */
  private async revive(replay: RunningReplay, endpoint: StoredEndpoint): Promise<number | null> {
    const { conversationId } = replay;
    const dead = await this.replays.dead(replay, deadAtOnce);
    const meant = dead.filter(
      ({ is_meant: isMeant, payload }) =>
        isMeant && (payload === null || conversationOf(payload) === conversationId),
    );
    const cursor = dead.length < deadAtOnce ? null : (dead.at(-1)?.id ?? null);
    const ids = meant.map(({ id }) => id);
    return this.replays.revive(replay, endpoint, ids, { looked: dead.length, cursor });
  }

  /** Events as the timeline has them now; the cursor is the conversation app's. */
  private async queue(replay: RunningReplay, endpoint: StoredEndpoint): Promise<number | null> {
    const { conversationId, from, to, cursor } = replay;
    const { applicationId } = endpoint;
    const range = { applicationId, conversationId, from, to, cursor };
    const { events, cursor: next } = await this.bus.ask(readEventRange, range);
    const wanted = events.filter((stored) => isWanted(stored, endpoint));
    const deliveries = await this.expansion.expand(
      wanted.map((stored) => ({ stored, endpoints: [endpoint] })),
    );
    return this.replays.queue(replay, deliveries, { looked: events.length, cursor: next });
  }
}
