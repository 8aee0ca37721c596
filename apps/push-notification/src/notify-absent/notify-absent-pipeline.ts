import { eventStream } from '#contracts/stream.js';
import { deliverySchedule, nextAttempt } from '#domain/delivery/retry-schedule.js';
import { EventPipeline, type EventPipelineParts } from '#platform/durable/event-pipeline.js';
import { jobsOf, readEntry } from './absence-job.js';
import type { NotifyAbsent } from './notify-absent.js';

const jobsAtOnce = 16;

export function notifyAbsentPipeline(parts: EventPipelineParts, notifyAbsent: NotifyAbsent): EventPipeline {
  return new EventPipeline(parts, {
    schema: 'push_notification',
    stream: eventStream,
    consumer: 'push-notification',
    read: readEntry,
    expand: (_transaction, entries) =>
      Promise.resolve(entries.flatMap((entry) => jobsOf(notifyAbsent.target, entry))),
    run: (job) => notifyAbsent.run(job),
    nextAttempt: (attempts) => nextAttempt(attempts, deliverySchedule, Math.random()),
    concurrency: jobsAtOnce,
    // There is one target, and it is no other server that could hang.
    concurrencyPerTarget: jobsAtOnce,
  });
}
