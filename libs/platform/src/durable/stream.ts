import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type ConsumerInfo,
  type JetStreamClient,
  type JetStreamManager,
  type StreamInfo,
  jetstreamManager,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

/** A stream and all its durable consumers; whoever publishes or consumes makes sure that the whole of it exists. */
export interface StreamDefinition {
  readonly name: string;
  /** Subject, or pattern of subjects, that the stream keeps. */
  readonly subjects: string;
  readonly consumers: readonly string[];
}

/** A message that was delivered and not acknowledged for this long is delivered again (ms). */
const acknowledgementWait = 30_000;
const duplicateWindow = 120_000;
/**
 * Bytes kept for consumers that are behind. The server reserves them, so they have to fit on its disk. When they are
 * used up the server refuses new messages rather than dropping old ones: the publisher keeps its own and tries again.
 */
const maximumBytes = 512 * 1024 * 1024;
/**
 * Of a time such as 2026-11-21T02:27:57.300124009Z. A restarted server remembers a consumer's creation some microseconds
 * later than it had told before; at worst, at the turn of a second, that costs a needless repetition.
 */
const wholeSeconds = 19;
/**
 * Delivered and unacknowledged messages of one consumer, all replicas together: bounds what a replica buffers. A message
 * may have hundreds of KiB.
 */
const maximumUnacknowledged = 200;

/**
 * Creates what is missing of a stream and its consumers; any number of replicas may do so at once. Settings of an
 * existing stream stay as they are (an operator may have given it more bytes or replicas), except for its subjects.
 *
 * A message goes when every consumer has acknowledged it, so one that is stored while a consumer does not exist never
 * reaches that consumer. Therefore a stream begins closed, with a subject that nobody publishes to, and gets its real
 * subjects after all consumers: until then publications fail, and are repeated by whoever made them.
 *
 * @returns the stream's identity: it differs from an earlier one when the server may have lost messages that it had
 * acknowledged, because the stream or one of its consumers is new, or because the one server that keeps it was started
 * again: after a SIGKILL it was seen to take messages for acknowledged that nobody had acknowledged. A publisher that sees
 * a new identity has to publish again.
 */
export async function ensureStream(
  connection: NatsConnection,
  { name, subjects, consumers }: StreamDefinition,
): Promise<string> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const { config, created } = await ensureClosedStream(manager, name);
  const identity = [created];
  // Which of several servers a connection leads to says nothing.
  if (config.num_replicas === 1) identity.push(connection.info?.server_id ?? '');
  for (const consumer of consumers) {
    const { created: time } = await ensureConsumer(manager, name, consumer);
    identity.push(`${consumer}@${time.slice(0, wholeSeconds)}`);
  }
  const isOpen = config.subjects.length === 1 && config.subjects[0] === subjects;
  if (!isOpen) await manager.streams.update(name, { subjects: [subjects] });
  return identity.join(' ');
}

/** The number of the last message that the stream has taken. */
export async function lastTaken(connection: NatsConnection, { name }: StreamDefinition): Promise<number> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return (await manager.streams.info(name)).state.last_seq;
}

/** Whether every consumer has acknowledged everything up to this message, or everything that there is. */
export async function isAcknowledged(
  connection: NatsConnection,
  { name, consumers }: StreamDefinition,
  upTo: number,
): Promise<boolean> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  for (const consumer of consumers) {
    const {
      ack_floor: floor,
      num_pending: waiting,
      num_ack_pending: delivered,
    } = await manager.consumers.info(name, consumer);
    if (floor.stream_seq < upTo && waiting + delivered > 0) return false;
  }
  return true;
}

function ensureClosedStream(manager: JetStreamManager, name: string): Promise<StreamInfo> {
  const info = (): Promise<StreamInfo> => manager.streams.info(name);
  const create = (): Promise<StreamInfo> =>
    manager.streams.add({
      name,
      subjects: [`${name}.closed`],
      storage: StorageType.File,
      retention: RetentionPolicy.Interest,
      discard: DiscardPolicy.New,
      max_bytes: maximumBytes,
      duplicate_window: nanos(duplicateWindow),
    });
  return findOrCreate(info, create);
}

function ensureConsumer(manager: JetStreamManager, stream: string, name: string): Promise<ConsumerInfo> {
  const info = (): Promise<ConsumerInfo> => manager.consumers.info(stream, name);
  const create = (): Promise<ConsumerInfo> =>
    manager.consumers.add(stream, {
      durable_name: name,
      deliver_policy: DeliverPolicy.All,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(acknowledgementWait),
      max_deliver: -1,
      max_ack_pending: maximumUnacknowledged,
    });
  return findOrCreate(info, create);
}

/** Losing the race to create something is finding it; only then is the second look made. */
async function findOrCreate<Found>(find: () => Promise<Found>, create: () => Promise<Found>): Promise<Found> {
  try {
    return await find();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    return find().catch(() => {
      throw error;
    });
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.status === 404;
}

export interface OutgoingMessage {
  readonly subject: string;
  readonly payload: string;
}

export type PublishResult =
  { readonly kind: 'published' } | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Publishes in order without waiting in between, then waits for the server's acknowledgement of each. A message that
 * failed may be overtaken by its successors when it is published again. There are no message ids: consumers know
 * repetitions, and a consumer that was lost needs messages that the server would remember.
 *
 * @returns one result per message, in the same order; never rejects
 */
export async function publishBatch(
  jetstream: JetStreamClient,
  messages: readonly OutgoingMessage[],
): Promise<PublishResult[]> {
  const acknowledgements = messages.map(({ subject, payload }) => jetstream.publish(subject, payload));
  const settled = await Promise.allSettled(acknowledgements);
  return settled.map((result) =>
    result.status === 'fulfilled'
      ? { kind: 'published' }
      : { kind: 'failed', error: result.reason as unknown },
  );
}
