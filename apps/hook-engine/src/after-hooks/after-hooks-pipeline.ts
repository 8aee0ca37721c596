import { eventStream } from '#contracts/stream.js';
import { deliverySchedule, nextAttempt } from '#domain/delivery/retry-schedule.js';
import type { InboxEntry } from '#platform/database/durable/inbox-table.js';
import { EventPipeline, type EventPipelineParts } from '#platform/durable/event-pipeline.js';
import { readStreamEvent, type MessageSent } from './message-sent.js';

/** From the stream of stored events to calls of after-hooks: durable, retried, in order per conversation and hook. */
export function afterHooksPipeline(parts: EventPipelineParts, messageSent: MessageSent): EventPipeline {
  return new EventPipeline(parts, {
    schema: 'hook_engine',
    stream: eventStream,
    consumer: 'hook-engine',
    read: inboxEntry,
    expand: (transaction, entries) => messageSent.expand(transaction, entries),
    run: (job) => messageSent.run(job),
    nextAttempt: (attempts) => nextAttempt(attempts, deliverySchedule, Math.random()),
  });
}

function inboxEntry(payload: string): InboxEntry {
  const { conversationKey, event } = readStreamEvent(payload);
  return { lane: conversationKey, seq: event.seq, payload };
}
