import { eventStream, republishEvents } from '#contracts/stream.js';
import { deliverySchedule, nextAttempt } from '#domain/delivery/retry-schedule.js';
import type { Bus } from '#platform/bus/bus.js';
import type { EventIntakeParts } from '#platform/durable/event-intake.js';
import { EventPipeline } from '#platform/durable/event-pipeline.js';
import type { NotifyAbsent } from './notify-absent.js';
import { readEntry } from './stored-message.js';

/** From the stream of stored events to notifications: decided in batches as events are taken over, then sent durably. */
export function notifyAbsentPipeline(
  parts: EventIntakeParts,
  bus: Bus,
  notifyAbsent: NotifyAbsent,
): EventPipeline {
  return new EventPipeline(parts, {
    schema: 'push_notification',
    stream: eventStream,
    consumer: 'push-notification',
    read: readEntry,
    expand: (entries) => notifyAbsent.expand(entries),
    recover: async (gaps) => (await bus.ask(republishEvents, { gaps: [...gaps] })).gone,
    run: (job) => notifyAbsent.run(job),
    nextAttempt: (attempts) => nextAttempt(attempts, deliverySchedule, Math.random()),
  });
}
