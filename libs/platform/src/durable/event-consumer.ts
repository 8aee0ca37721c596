import { jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Log } from '../log.js';
import { ensureStream, type StreamDefinition } from './stream.js';
import { WakeUp } from './wake-up.js';

export interface EventConsumerOptions<Entry> {
  readonly stream: StreamDefinition;
  /** One of the stream's consumers; replicas share its messages. */
  readonly consumer: string;
  /** Reads one line of a message. @throws when it cannot be understood */
  readonly read: (line: string) => Entry;
  /** Resolves when the entries are safe; the messages are acknowledged then, and delivered again when it rejects. */
  readonly handle: (entries: Entry[]) => Promise<void>;
  /** Batches begin at least this far apart (ms): under load each has more in it. What comes alone is handled at once. */
  readonly batchInterval?: number;
}

/** Messages on their way to this process; each has up to some hundred KiB. */
const messagesAhead = 40;
/** Entries from which on a batch takes no further message. */
const batchSize = 500;
const usualBatchInterval = 100;
/** How long one pull request may wait at the server, and how often it says that it is alive (ms). */
const pullExpiry = 10_000;
const idleHeartbeat = 2_500;
/** A message that this release cannot read whole waits this long for a replica of the next one (ms). */
const unreadableDelay = 30_000;
const longestPause = 10_000;
const idleWait = 60_000;

/**
 * Pulls a durable consumer's messages, each of them lines that are one entry each, and hands the entries over in batches:
 * whatever has arrived while the last batch was being handled, or soon after it began, forms the next. So latency is low
 * when there is little and batches are large when there is much.
 *
 * open -> consuming -> (stream or consumer lost, server unreachable) -> pause -> open -> ... -> stopped.
 * Reconnects within `consuming` are the client library's: it asks the server whether the consumer still exists, and ends
 * the iteration when it does not; `open` then creates it again.
 */
export class EventConsumer<Entry> {
  private readonly wakeUp = new WakeUp();
  private readonly buffer: JsMsg[] = [];
  private stopping = false;
  private failures = 0;
  private running: Promise<void> | undefined;
  private messages: ConsumerMessages | undefined;
  private batchStarted = -Infinity;

  constructor(
    private readonly connection: NatsConnection,
    private readonly options: EventConsumerOptions<Entry>,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Waits for the batch in hand; what was not begun goes to other replicas at once. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.stop();
    await this.running;
    await drain(this.messages);
    for (const message of this.buffer.splice(0)) message.nak();
    if (!this.connection.isClosed()) await this.connection.flush();
  }

  private async run(): Promise<void> {
    const { consumer } = this.options;
    while (!this.isStopping()) {
      try {
        this.messages = await this.open();
        this.failures = 0;
        this.log.info({ consumer }, 'consuming');
        await this.consume(this.messages);
      } catch (error) {
        this.log.warn({ consumer, reason: String(error) }, 'consumer lost');
      }
      if (!this.isStopping()) await this.pause();
    }
  }

  private async open(): Promise<ConsumerMessages> {
    const { stream, consumer } = this.options;
    await ensureStream(this.connection, stream);
    const durable = await jetstream(this.connection).consumers.get(stream.name, consumer);
    return durable.consume({
      max_messages: messagesAhead,
      expires: pullExpiry,
      idle_heartbeat: idleHeartbeat,
      abort_on_missing_resource: true,
      callback: (message) => {
        this.buffer.push(message);
        this.wakeUp.notify();
      },
    });
  }

  /** Ends when stopped; rejects when the consumer is gone. */
  private async consume(messages: ConsumerMessages): Promise<void> {
    const closed = messages.closed().then(
      (error) => error,
      (error: unknown) => error,
    );
    const { batchInterval = usualBatchInterval } = this.options;
    let isOpen = true;
    void closed.then(() => {
      isOpen = false;
      this.wakeUp.notify();
    });
    const isConsuming = (): boolean => !this.stopping && (isOpen || this.buffer.length > 0);
    while (isConsuming()) {
      if (this.buffer.length === 0) await this.wakeUp.wait(idleWait);
      await this.wakeUp.rest(this.batchStarted + batchInterval - performance.now());
      if (this.buffer.length > 0 && !this.stopping) await this.handleBatch();
    }
    if (this.isStopping()) return;
    messages.stop();
    const error = await closed;
    throw error instanceof Error ? error : new Error('consuming ended');
  }

  private async handleBatch(): Promise<void> {
    this.batchStarted = performance.now();
    const whole: JsMsg[] = [];
    const inPart: JsMsg[] = [];
    const entries: Entry[] = [];
    while (entries.length < batchSize) {
      const message = this.buffer.shift();
      if (message === undefined) break;
      (this.read(message, entries) ? whole : inPart).push(message);
    }
    try {
      if (entries.length > 0) await this.options.handle(entries);
    } catch (error) {
      const delay = this.nextPause();
      this.log.warn(
        { consumer: this.options.consumer, events: entries.length, delay, reason: String(error) },
        'events could not be taken over',
      );
      for (const message of [...whole, ...inPart]) message.nak(delay);
      await this.pause();
      return;
    }
    this.failures = 0;
    for (const message of whole) message.ack();
    for (const message of inPart) message.nak(unreadableDelay);
  }

  /**
   * Adds to `entries` what can be read of a message. What cannot is neither acknowledged nor given up: during a rolling
   * deploy a neighbour may understand what this release does not, and its lane must not go on without it. So the message
   * comes again, and what was readable is a repetition then. The text stays out of the log.
   *
   * @returns whether that is all of it
   */
  private read(message: JsMsg, entries: Entry[]): boolean {
    const { subject, seq, info } = message;
    let failures = 0;
    let kind = '';
    for (const line of message.string().split('\n')) {
      try {
        entries.push(this.options.read(line));
      } catch (error) {
        failures += 1;
        kind = nameOf(error);
      }
    }
    if (failures === 0) return true;
    const { consumer } = this.options;
    this.log.error(
      { consumer, subject, streamSequence: seq, deliveries: info.deliveryCount, events: failures, kind },
      'unreadable events',
    );
    return false;
  }

  private nextPause(): number {
    return Math.min(longestPause, 250 * 2 ** Math.min(this.failures, 10));
  }

  private async pause(): Promise<void> {
    const pause = this.nextPause();
    this.failures += 1;
    await this.wakeUp.rest(pause);
  }

  private isStopping(): boolean {
    return this.stopping;
  }
}

/**
 * The library's own stop forgets what the server has sent already, which would then wait for the whole acknowledgement
 * time. So its subscription, which it does not show, is drained: what was on its way still arrives in the buffer. A
 * rest stays: what the server has taken out of the stream and not yet written to this connection when it hears of the end
 * is dropped there, and does wait.
 */
async function drain(messages: ConsumerMessages | undefined): Promise<void> {
  const { sub } = (messages ?? {}) as { readonly sub?: Subscription };
  if (sub !== undefined && !sub.isClosed()) await sub.drain();
  messages?.stop();
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
