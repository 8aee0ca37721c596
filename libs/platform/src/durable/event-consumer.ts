import { jetstream, jetstreamManager, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../log.js';
import { ensureStream, type StreamDefinition } from './stream.js';
import { WakeUp } from './wake-up.js';

export interface EventConsumerOptions<Entry> {
  readonly stream: StreamDefinition;
  /** One of the stream's consumers; replicas share its messages. */
  readonly consumer: string;
  /** @throws when the message cannot be understood */
  readonly read: (payload: string) => Entry;
  /** Resolves when the entries are safe; the messages are acknowledged then, and delivered again when it rejects. */
  readonly handle: (entries: Entry[]) => Promise<void>;
}

const batchSize = 200;
/** How long one pull request may wait at the server, and how often it says that it is alive (ms). */
const pullExpiry = 10_000;
const idleHeartbeat = 2_500;
/** A message that this release cannot read waits this long for a replica of the next one (ms). */
const unreadableDelay = 30_000;
const longestPause = 10_000;
const idleWait = 60_000;

/**
 * Pulls a durable consumer's messages and hands them over in batches: whatever has arrived while the last batch was being
 * handled forms the next, so latency is low when there is little and batches are large when there is much.
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
    this.messages?.stop();
    this.wakeUp.notify();
    await this.running;
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
    await ensureStream(await jetstreamManager(this.connection, { checkAPI: false }), stream);
    const durable = await jetstream(this.connection).consumers.get(stream.name, consumer);
    return durable.consume({
      max_messages: batchSize,
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
    let isOpen = true;
    void closed.then(() => {
      isOpen = false;
      this.wakeUp.notify();
    });
    const isConsuming = (): boolean => !this.stopping && (isOpen || this.buffer.length > 0);
    while (isConsuming()) {
      const batch = this.buffer.splice(0, batchSize);
      if (batch.length === 0) await this.wakeUp.wait(idleWait);
      else await this.handle(batch);
    }
    messages.stop();
    const error = await closed;
    if (!this.isStopping()) throw error instanceof Error ? error : new Error('consuming ended');
  }

  private async handle(batch: readonly JsMsg[]): Promise<void> {
    const readable: JsMsg[] = [];
    const entries: Entry[] = [];
    for (const message of batch) {
      try {
        entries.push(this.options.read(message.string()));
        readable.push(message);
      } catch (error) {
        this.refuse(message, error);
      }
    }
    if (entries.length === 0) return;
    try {
      await this.options.handle(entries);
    } catch (error) {
      const delay = this.nextPause();
      this.log.warn(
        { consumer: this.options.consumer, events: readable.length, delay, reason: String(error) },
        'events could not be taken over',
      );
      for (const message of readable) message.nak(delay);
      await this.pause();
      return;
    }
    this.failures = 0;
    for (const message of readable) message.ack();
  }

  /**
   * Neither acknowledged nor given up: during a rolling deploy a neighbour may understand what this release does not, and
   * its lane must not go on without it. The text stays out of the log.
   */
  private refuse(message: JsMsg, error: unknown): void {
    const { consumer } = this.options;
    const { subject, seq, info } = message;
    this.log.error(
      { consumer, subject, streamSequence: seq, deliveries: info.deliveryCount, kind: nameOf(error) },
      'unreadable event',
    );
    message.nak(unreadableDelay);
  }

  private nextPause(): number {
    return Math.min(longestPause, 250 * 2 ** Math.min(this.failures, 10));
  }

  private async pause(): Promise<void> {
    const until = Date.now() + this.nextPause();
    this.failures += 1;
    // Arriving messages wake the loop up too; they must not shorten the pause.
    for (let left = until - Date.now(); left > 0 && !this.isStopping(); left = until - Date.now()) {
      await this.wakeUp.wait(left);
    }
  }

  private isStopping(): boolean {
    return this.stopping;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
