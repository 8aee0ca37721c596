import { Module, type DynamicModule } from '@nestjs/common';
import { deliveryNudge, eventStream, republishEvents } from '#contracts/stream.js';
import { deliverySchedule, nextAttempt, serviceSchedule } from '#domain/delivery/retry-schedule.js';
import { EventTranslator } from '#dialects/vonage/event-translator.js';
import { People } from '#dialects/vonage/people.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Database } from '#platform/database/database.js';
import { EventIntake } from '#platform/durable/event-intake.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { Log } from '#platform/log.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { Attempts } from './attempts/attempts.js';
import { DeliveriesController } from './attempts/deliveries.controller.js';
import { Deliveries } from './attempts/deliveries.js';
import { Bounds } from './dispatch/bounds.js';
import { DeliveryMetrics } from './dispatch/delivery-metrics.js';
import { DisableEndpoint } from './dispatch/disable-endpoint.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { Post } from './dispatch/post.port.js';
import { Records } from './dispatch/records.js';
import { Enqueue, readEntry } from './enqueue/enqueue.js';
import { Expansion } from './enqueue/expansion.port.js';
import { EraseController } from './erase/erase.controller.js';
import { EndedCallbacks } from './housekeeping/ended-callbacks.js';
import { Housekeeping } from './housekeeping/housekeeping.js';
import { CallbacksController } from './manage-endpoints/callbacks.controller.js';
import { CreateEndpoint } from './manage-endpoints/create-endpoint.js';
import { ManageEndpointsController } from './manage-endpoints/manage-endpoints.controller.js';
import { RotateKeys } from './manage-endpoints/rotate-keys.js';
import { SetCallback } from './manage-endpoints/set-callback.js';
import { SharedSecret } from './manage-endpoints/shared-secret.js';
import { UpdateEndpoint } from './manage-endpoints/update-endpoint.js';
import { CallbacksStore } from './store/callbacks.store.js';
import { AttemptsStore } from './store/attempts.store.js';
import { CreateReplay } from './replays/create-replay.js';
import { ReplayEvent } from './replays/replay-event.js';
import { ReplayRunner } from './replays/replay-runner.js';
import { ReplaysController } from './replays/replays.controller.js';
import { DeliveriesStore } from './store/deliveries.store.js';
import { DeliveryListsStore } from './store/delivery-lists.store.js';
import { DeliveryRecordsStore } from './store/delivery-records.store.js';
import { DisablingStore } from './store/disabling.store.js';
import { EndpointsStore } from './store/endpoints.store.js';
import { LeasesStore } from './store/leases.store.js';
import { NewDeliveries, type NewDelivery } from './store/new-deliveries.store.js';
import { ReceiverStatesStore } from './store/receiver-states.store.js';
import { RemovalsStore } from './store/removals.store.js';
import { TestEndpointController } from './test-endpoint/test-endpoint.controller.js';
import { TestEndpoint } from './test-endpoint/test-endpoint.js';
import { ReplaysStore } from './store/replays.store.js';
import { TransientDeliveriesStore } from './store/transient-deliveries.store.js';
import { TransientController } from './transient/transient.controller.js';
import { AttemptLogSettings, type WebhookDeliverySettings } from './webhook-delivery.config.js';

const schema = 'webhook_delivery';
/** How far apart (ms) events are taken over, under load: no more than that do they wait for each other. */
const batchInterval = 25;

/** One signed POST per stored event to every endpoint that wants it, in order per conversation, until it is taken. */
@Module({})
export class WebhookDeliveryModule {
  static forSettings(settings: WebhookDeliverySettings): DynamicModule {
    return {
      module: WebhookDeliveryModule,
      controllers: [
        CallbacksController,
        DeliveriesController,
        EraseController,
        ManageEndpointsController,
        ReplaysController,
        TestEndpointController,
        TransientController,
      ],
      providers: [
        { provide: OutgoingHttp, useFactory: () => new OutgoingHttp(settings.HOOKLINE_OUTGOING_ALLOW) },
        {
          provide: IdempotentRequests,
          inject: [Database, Log],
          useFactory: (database: Database, log: Log) => new IdempotentRequests(database, schema, log),
        },
        {
          provide: AttemptLogSettings,
          useValue: new AttemptLogSettings(settings.HOOKLINE_WEBHOOK_ATTEMPT_DAYS),
        },
        ...[
          EndpointsStore,
          LeasesStore,
          DeliveriesStore,
          DeliveryRecordsStore,
          NewDeliveries,
          TransientDeliveriesStore,
          RemovalsStore,
          DisablingStore,
        ],
        ...[EventTranslator, Expansion, People],
        ...[ReplaysStore, CreateReplay, ReplayEvent, ReplayRunner],
        ...[
          CreateEndpoint,
          UpdateEndpoint,
          RotateKeys,
          Enqueue,
          Post,
          Records,
          DeliveryMetrics,
          DisableEndpoint,
        ],
        ...[AttemptsStore, DeliveryListsStore, ReceiverStatesStore, Attempts, Deliveries, TestEndpoint],
        ...[CallbacksStore, EndedCallbacks, Housekeeping, SetCallback, SharedSecret],
        {
          provide: Dispatcher,
          inject: [
            ...[Bus, EndpointsStore, LeasesStore, DeliveriesStore],
            ...[Records, Post, DeliveryMetrics, DisableEndpoint, Log],
          ],
          useFactory: (
            bus: Bus,
            endpoints: EndpointsStore,
            leases: LeasesStore,
            deliveries: DeliveriesStore,
            records: Records,
            post: Post,
            metrics: DeliveryMetrics,
            disabling: DisableEndpoint,
            log: Log,
          ) =>
            new Dispatcher({
              ...{ bus, endpoints, leases },
              tools: {
                ...{ deliveries, records, post, metrics },
                bounds: new Bounds(),
                log: log.child('deliveries'),
                disable: async (...what) => {
                  const endpointIds = await disabling.disable(...what);
                  bus.publish(deliveryNudge, { endpointIds });
                },
                nextAttempt: (attempts, format) =>
                  nextAttempt(
                    attempts,
                    format === 'leancloud' ? serviceSchedule : deliverySchedule,
                    Math.random(),
                  ),
              },
            }),
        },
        {
          provide: EventIntake,
          inject: [NatsConnection, Database, Log, Bus, Enqueue, NewDeliveries],
          useFactory: (
            nats: NatsConnection,
            database: Database,
            log: Log,
            bus: Bus,
            enqueue: Enqueue,
            newDeliveries: NewDeliveries,
          ) =>
            new EventIntake<NewDelivery>(
              { nats, database, log: log.child('deliveries') },
              {
                schema,
                stream: eventStream,
                consumer: 'webhook-delivery',
                read: readEntry,
                expand: (entries) => enqueue.expand(entries),
                recover: async (gaps) => (await bus.ask(republishEvents, { gaps: [...gaps] })).gone,
                batchInterval,
              },
              newDeliveries,
              (made) => {
                bus.publish(deliveryNudge, {
                  endpointIds: [...new Set(made.map(({ endpointId }) => endpointId))],
                });
              },
            ),
        },
      ],
    };
  }
}
