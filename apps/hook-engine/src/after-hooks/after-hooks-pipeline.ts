import { eventStream, republishEvents } from '#contracts/stream.js';
import { deliverySchedule, nextAttempt } from '#domain/delivery/retry-schedule.js';
import type { Bus } from '#platform/bus/bus.js';
import type { EventIntakeParts } from '#platform/durable/event-intake.js';
import { EventPipeline } from '#platform/durable/event-pipeline.js';
import type { AfterHookCalls } from './after-hook-calls.js';
import { readEntry, type MessageSent } from './message-sent.js';

/**
 * From the stream of stored events to calls of after-hooks: durable, retried, in order per lane and hook. Its worker runs what
 * `HandOvers` brings as well.
 */
export function afterHooksPipeline(
  parts: EventIntakeParts,
  bus: Bus,
  messageSent: MessageSent,
  calls: AfterHookCalls,
): EventPipeline {
  return new EventPipeline(parts, {
    schema: 'hook_engine',
    stream: eventStream,
    consumer: 'hook-engine',
    read: readEntry,
    expand: (entries) => messageSent.expand(entries),
    recover: async (gaps) => (await bus.ask(republishEvents, { gaps: [...gaps] })).gone,
    run: (job) => calls.run(job),
    nextAttempt: (attempts) => nextAttempt(attempts, deliverySchedule, Math.random()),
  });
}
