import { Module } from '@nestjs/common';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Database } from '#platform/database/database.js';
import { EventPipeline } from '#platform/durable/event-pipeline.js';
import { Log } from '#platform/log.js';
import { EraseController } from './erase/erase.controller.js';
import { ExpiredNotifications } from './forget/expired-notifications.js';
import { ForgetController } from './forget/forget.controller.js';
import { ListNotificationsController } from './list-notifications/list-notifications.controller.js';
import { NotifyAll } from './notify-absent/notify-all.js';
import { NotifyAbsent } from './notify-absent/notify-absent.js';
import { notifyAbsentPipeline } from './notify-absent/notify-absent-pipeline.js';
import { NotifyMissedController } from './notify-missed/notify-missed.controller.js';
import { LogProvider } from './provider/log/log-provider.port.js';
import { NotificationsStore } from './store/notifications.store.js';
import { WalksStore } from './store/walks.store.js';

/** Tells users who are not connected that a message came; for now by a record and a log line. */
@Module({
  controllers: [EraseController, ForgetController, ListNotificationsController, NotifyMissedController],
  providers: [
    NotificationsStore,
    WalksStore,
    LogProvider,
    NotifyAbsent,
    NotifyAll,
    ExpiredNotifications,
    {
      provide: EventPipeline,
      inject: [NatsConnection, Database, Log, Bus, NotifyAbsent],
      useFactory: (
        nats: NatsConnection,
        database: Database,
        log: Log,
        bus: Bus,
        notifyAbsent: NotifyAbsent,
      ) => notifyAbsentPipeline({ nats, database, log: log.child('notifications') }, bus, notifyAbsent),
    },
  ],
})
export class PushNotificationModule {}
