import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import { nextAttempt } from '#domain/delivery/retry-schedule.js';
import type { NatsConnection } from '#platform/bus/nats-connection.js';
import type { Database } from '#platform/database/database.js';
import { EventIntake } from '#platform/durable/event-intake.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { Metrics } from '#platform/metrics.js';
import { Prisma } from '#prisma/client.js';
import { Bounds } from '../../apps/webhook-delivery/src/dispatch/bounds.js';
import { DeliveryMetrics } from '../../apps/webhook-delivery/src/dispatch/delivery-metrics.js';
import { DisableEndpoint } from '../../apps/webhook-delivery/src/dispatch/disable-endpoint.js';
import { Dispatcher, type LeaseTimes } from '../../apps/webhook-delivery/src/dispatch/dispatcher.js';
import type { Post, PostResult } from '../../apps/webhook-delivery/src/dispatch/post.port.js';
import { Records } from '../../apps/webhook-delivery/src/dispatch/records.js';
import { Expansion } from '../../apps/webhook-delivery/src/enqueue/expansion.port.js';
import { Enqueue, readEntry } from '../../apps/webhook-delivery/src/enqueue/enqueue.js';
import { DeliveriesStore } from '../../apps/webhook-delivery/src/store/deliveries.store.js';
import { DeliveryRecordsStore } from '../../apps/webhook-delivery/src/store/delivery-records.store.js';
import { DisablingStore } from '../../apps/webhook-delivery/src/store/disabling.store.js';
import { SharedSecret } from '../../apps/webhook-delivery/src/manage-endpoints/shared-secret.js';
import { CallbacksStore } from '../../apps/webhook-delivery/src/store/callbacks.store.js';
import { EndpointsStore } from '../../apps/webhook-delivery/src/store/endpoints.store.js';
import { LeasesStore } from '../../apps/webhook-delivery/src/store/leases.store.js';
import {
  NewDeliveries,
  type NewDelivery,
} from '../../apps/webhook-delivery/src/store/new-deliveries.store.js';
import { cloneDatabase, silent, until, type StreamWorld } from './durable-world.js';

export const owned = 'webhook_delivery';

export interface EngineOptions {
  readonly database: Database;
  /** Delays (ms) after failures. */
  readonly schedule?: readonly number[];
  readonly times?: LeaseTimes;
  readonly post: Pick<Post, 'send'>;
}

/** What one replica of webhook-delivery does with events, put together as its module does. */
export class DeliveryEngine {
  readonly endpoints: EndpointsStore;
  readonly sharedSecret: SharedSecret;
  readonly dispatcher: Dispatcher;
  private intake: EventIntake<NewDelivery> | undefined;

  constructor(private readonly options: EngineOptions) {
    const { database, schedule = [0, 0, 0], times, post } = options;
    this.endpoints = new EndpointsStore(database, new IdempotentRequests(database, owned, silent));
    this.sharedSecret = new SharedSecret(this.endpoints, new CallbacksStore(database));
    const metrics = new DeliveryMetrics(new Metrics());
    const disabling = new DisableEndpoint(this.endpoints, new DisablingStore(database), metrics, silent);
    const tools = {
      deliveries: new DeliveriesStore(database),
      records: new Records(new DeliveryRecordsStore(database), silent),
      post: post as Post,
      bounds: new Bounds(),
      metrics,
      log: silent,
      disable: async (...what: Parameters<typeof disabling.disable>) => {
        this.dispatcher.nudge(await disabling.disable(...what));
      },
      nextAttempt: (attempts: number) => nextAttempt(attempts, schedule, 0),
    };
    const bus = { subscribe: () => undefined as never };
    const { endpoints } = this;
    this.dispatcher = new Dispatcher({ bus, endpoints, leases: new LeasesStore(database), tools }, times);
  }

  start(): void {
    this.dispatcher.onApplicationBootstrap();
  }

  /** Takes over the events of a stream, too. */
  consume({ connection, stream }: Pick<StreamWorld, 'connection' | 'stream'>): void {
    const enqueue = new Enqueue(this.endpoints, new Expansion(nobody, nobody));
    this.intake = new EventIntake<NewDelivery>(
      {
        nats: { connection } as unknown as NatsConnection,
        database: this.options.database,
        log: silent,
      },
      {
        schema: owned,
        stream,
        consumer: 'webhook-delivery',
        read: readEntry,
        expand: (entries) => enqueue.expand(entries),
        recover: async () => [],
        batchInterval: 25,
      },
      new NewDeliveries(),
      (made) => {
        this.dispatcher.nudge([...new Set(made.map(({ endpointId }) => endpointId))]);
      },
    );
    this.intake.onApplicationBootstrap();
  }

  async stop(): Promise<void> {
    await this.intake?.beforeApplicationShutdown();
    await this.dispatcher.beforeApplicationShutdown();
  }
}

/** No endpoint here is of a protocol for which anybody would be asked. */
const nobody = undefined as never;

/** Removes everything that webhook-delivery has in this database. */
export async function emptyDeliveries({ client }: Database): Promise<void> {
  await client.webhookEndpoint.deleteMany();
  await client.webhookDelivery.deleteMany();
  await client.webhookDeliveryLane.deleteMany();
  await client.webhookAttempt.deleteMany();
  await client.webhookRequest.deleteMany();
  await client.webhookInboxLane.deleteMany();
}

/** What a receiver was sent; `endpointId` in place of its address. */
export interface Sent {
  readonly endpointId: string;
  readonly id: string;
  readonly body: string;
}

/** What a receiver does with a POST. */
export type Receive = (sent: Sent) => Promise<PostResult>;

export const answered = (status: number, retryAfter: string | null = null): PostResult => ({
  ...{ kind: 'answered', status, isTaken: status >= 200 && status < 300, retryAfter, answer: '' },
  ...{ startedAt: Date.now(), duration: 1 },
});
export const taken = answered(204);

/** A delivery whose body names its lane and place. */
export const delivery = (endpointId: string, lane: number, seq: number): NewDelivery => ({
  ...{ endpointId, lane: String(lane), conversationKey: String(Math.max(lane, 1)), seq },
  eventId: uuidv5(`${endpointId}/${lane}/${seq}`, uuidv5.URL),
  type: 'message',
  payload: `${lane}/${seq}`,
});

/** Deliveries without events and receivers without servers, for what only the order of things decides. */
export class DeliveryWorld {
  private readonly engines: DeliveryEngine[] = [];

  private constructor(
    readonly database: Database,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(): Promise<DeliveryWorld> {
    const { database, drop } = await cloneDatabase(owned);
    return new DeliveryWorld(database, drop);
  }

  async close(): Promise<void> {
    await this.drop();
  }

  async empty(): Promise<void> {
    await emptyDeliveries(this.database);
  }

  async endpoint(settings: Prisma.WebhookEndpointUpdateInput = {}): Promise<string> {
    const id = uuidv7();
    const { client } = this.database;
    await client.webhookEndpoint.create({
      data: { id, applicationId: 'cartoons', url: id, secretSealed: '', state: { create: {} } },
    });
    await client.webhookEndpoint.update({ where: { id }, data: settings });
    return id;
  }

  /** As the inbox makes them. */
  async add(deliveries: readonly NewDelivery[]): Promise<void> {
    const lanes = [...new Set(deliveries.map(({ conversationKey }) => conversationKey))];
    const own = Prisma.sql`unnest(${lanes}::bigint[]) AS own(lane)`;
    const parts = new NewDeliveries().parts(deliveries, own);
    await this.database.queries.$executeRaw`WITH ${parts} SELECT`;
  }

  /** Another replica. */
  engine(receive: Receive, options: Pick<EngineOptions, 'schedule' | 'times'> = {}): DeliveryEngine {
    const post = {
      send: (
        { url }: { readonly url: string },
        { id, body }: { readonly id: string; readonly body: string },
      ) => receive({ endpointId: url, id, body }),
    };
    const made = new DeliveryEngine({ database: this.database, post, ...options });
    this.engines.push(made);
    made.start();
    return made;
  }

  async stop(): Promise<void> {
    await Promise.all(this.engines.splice(0).map((engine) => engine.stop()));
  }

  pending(): Promise<number> {
    return this.database.client.webhookDelivery.count({ where: { state: 'pending' } });
  }

  /** Resolves when all is sent or given up, and recorded. */
  allSent(): Promise<void> {
    const { client } = this.database;
    return until(
      async () => (await this.pending()) === 0 && (await client.webhookDeliveryLane.count()) === 0,
    );
  }
}

/** Opens one for a test file: empty before each test, without a replica after it. */
export function useDeliveryWorld(give: (world: DeliveryWorld) => void): void {
  let world: DeliveryWorld;
  beforeAll(async () => {
    world = await DeliveryWorld.open();
    give(world);
  });
  afterAll(() => world.close());
  beforeEach(() => world.empty());
  afterEach(() => world.stop());
}
