import type { z } from 'zod';
import type { shownBroadcast, storedBroadcast } from '#contracts/broadcasts.js';
import type { MessageContent } from '#contracts/message-content.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from './application.js';
import { contentOf, type Client } from './client.js';
import type { Tables } from './tables.js';

export type Broadcast = z.output<typeof storedBroadcast>;
type ShownBroadcast = z.output<typeof shownBroadcast>;
type Body = z.input<typeof operations.sendBroadcast.body>;

/** Over which gateway, under which key, and anything that the body of a broadcast may have. */
interface BroadcastOptions extends Partial<Omit<Body, 'content'>> {
  readonly idempotencyKey?: string;
  readonly gateway?: number;
}

/** Sends a message of a service, in the name of its user `news` unless it is said. @throws RestProblem */
export function broadcast(
  application: TestApplication,
  { id: conversationId }: { readonly id: string },
  content: string | MessageContent,
  { idempotencyKey, gateway = 0, ...body }: BroadcastOptions = {},
): Promise<Broadcast> {
  const request = { as: application, parameters: { conversationId }, idempotencyKey };
  return application.world.call(
    operations.sendBroadcast,
    { ...request, body: { senderId: 'news', ...body, content: contentOf(content) } },
    gateway,
  );
}

/** All that are still given to users, newest first, page by page. */
export async function broadcastsOf(
  application: TestApplication,
  query: { readonly conversationId?: string; readonly limit?: number } = {},
): Promise<ShownBroadcast[]> {
  const found: ShownBroadcast[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: { broadcasts: ShownBroadcast[]; nextCursor: string | null } = await application.call(
      operations.listBroadcasts,
      { query: { ...query, ...(cursor !== undefined && { cursor }) } },
    );
    found.push(...page.broadcasts);
    cursor = page.nextCursor;
  }
  return found;
}

/** @throws RestProblem */
export async function deleteBroadcast(
  application: TestApplication,
  { eventId }: { readonly eventId: string },
  idempotencyKey?: string,
): Promise<void> {
  await application.call(operations.deleteBroadcast, { parameters: { eventId }, idempotencyKey });
}

/** Lets one expire without waiting for it. */
export async function expireBroadcast(
  database: Tables,
  { id }: TestApplication,
  { number }: { readonly number: number },
): Promise<void> {
  await database.sql(
    `UPDATE conversation.broadcast SET valid_till = now() WHERE application_id = $1 AND number = $2::text::bigint`,
    id,
    String(number),
  );
}

/** Up to which broadcast a user was given all, as the platform knows it; null: it has never logged in. */
export async function cursorOf(database: Tables, { application, id }: TestUser): Promise<number | null> {
  const [row] = await database.sql(
    `SELECT broadcast_cursor::text AS cursor FROM conversation."user" WHERE application_id = $1 AND id = $2`,
    application.id,
    id,
  );
  const cursor = row?.['cursor'] ?? null;
  return cursor === null ? null : Number(cursor);
}

/** What a client heard of all services, and of whatever else it is in. */
export function textsOf(client: Client): string[] {
  return client
    .events()
    .flatMap((event) =>
      event.type === 'message' && event.content.type === 'text' ? [event.content.text] : [],
    );
}
