import { Module, type DynamicModule } from '@nestjs/common';
import { eventStream, republishEvents } from '#contracts/stream.js';
import { deliverySchedule, nextAttempt } from '#domain/delivery/retry-schedule.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Database } from '#platform/database/database.js';
import { EventPipeline } from '#platform/durable/event-pipeline.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { Log } from '#platform/log.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { Deliver } from './deliver/deliver.js';
import { Enqueue, readEntry } from './enqueue/enqueue.js';
import { EraseController } from './erase/erase.controller.js';
import { CreateEndpoint } from './manage-endpoints/create-endpoint.js';
import { ManageEndpointsController } from './manage-endpoints/manage-endpoints.controller.js';
import { EndpointsStore } from './store/endpoints.store.js';
import type { WebhookDeliverySettings } from './webhook-delivery.config.js';

const schema = 'webhook_delivery';

/** One signed POST per stored event to every endpoint that wants it, in order per conversation, until it is taken. */
@Module({})
export class WebhookDeliveryModule {
  static forSettings(settings: WebhookDeliverySettings): DynamicModule {
    return {
      module: WebhookDeliveryModule,
      controllers: [EraseController, ManageEndpointsController],
      providers: [
        { provide: OutgoingHttp, useFactory: () => new OutgoingHttp(settings.HOOKLINE_OUTGOING_ALLOW) },
        {
          provide: IdempotentRequests,
          inject: [Database, Log],
          useFactory: (database: Database, log: Log) => new IdempotentRequests(database, schema, log),
        },
        EndpointsStore,
        CreateEndpoint,
        Enqueue,
        Deliver,
        {
          provide: EventPipeline,
          inject: [NatsConnection, Database, Log, Bus, Enqueue, Deliver],
          useFactory: (
            nats: NatsConnection,
            database: Database,
            log: Log,
            bus: Bus,
            enqueue: Enqueue,
            deliver: Deliver,
          ) =>
            new EventPipeline(
              { nats, database, log: log.child('deliveries') },
              {
                schema,
                stream: eventStream,
                consumer: 'webhook-delivery',
                read: readEntry,
                expand: (entries) => enqueue.expand(entries),
                recover: async (gaps) => (await bus.ask(republishEvents, { gaps: [...gaps] })).gone,
                run: (job) => deliver.run(job),
                nextAttempt: (attempts) => nextAttempt(attempts, deliverySchedule, Math.random()),
              },
            ),
        },
      ],
    };
  }
}
