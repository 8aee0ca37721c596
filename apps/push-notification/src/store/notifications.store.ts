import { Injectable } from '@nestjs/common';
import type { JsonValue } from '#contracts/json-value.js';
import { Database } from '#platform/database/database.js';
import { LaneErasure } from '#platform/database/durable/lane-erasure.js';

/** What a user's device shows. */
export interface NotificationContent {
  readonly title: string;
  readonly body: string;
  /** What was given with the message, or by a `receiversOffline` hook; shown instead. */
  readonly push?: Readonly<Record<string, JsonValue>> | undefined;
}

export interface NewNotification {
  readonly applicationId: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly eventId: string;
  readonly provider: string;
  readonly content: NotificationContent;
  /** When the message expires, in ms; null: never. */
  readonly expiresAt: number | null;
}

export interface StoredNotification extends Omit<NewNotification, 'expiresAt'> {
  readonly id: bigint;
  readonly createdAt: Date;
}

const forgottenAtOnce = 1_000;

@Injectable()
export class NotificationsStore {
  private readonly lanes: LaneErasure;

  constructor(private readonly database: Database) {
    this.lanes = new LaneErasure(database, 'push_notification');
  }

  /**
   * A user gets one per event and provider, however often the event comes.
   *
   * @returns how many are new
   */
  add(notifications: readonly NewNotification[]): Promise<number> {
    return this.database.queries.$executeRaw`
      INSERT INTO push_notification.push_notification
        (application_id, user_id, conversation_id, event_id, provider, payload, expires_at)
      SELECT * FROM unnest(
        ${notifications.map(({ applicationId }) => applicationId)}::text[],
        ${notifications.map(({ userId }) => userId)}::text[],
        ${notifications.map(({ conversationId }) => conversationId)}::text[],
        ${notifications.map(({ eventId }) => eventId)}::uuid[],
        ${notifications.map(({ provider }) => provider)}::text[],
        ${notifications.map(({ content }) => JSON.stringify(content))}::text[],
        ${notifications.map(({ expiresAt }) => (expiresAt === null ? null : new Date(expiresAt).toISOString()))}::timestamptz[])
      ON CONFLICT (event_id, user_id, provider) DO NOTHING`;
  }

  /** Oldest first, those after `afterId`, without what has expired; of one user, or of all. */
  async list(
    applicationId: string,
    {
      userId,
      afterId,
      limit,
    }: { readonly userId: string | null; readonly afterId: bigint; readonly limit: number },
  ): Promise<StoredNotification[]> {
    const rows = await this.database.client.pushNotification.findMany({
      where: {
        ...{ applicationId, id: { gt: afterId }, ...(userId !== null && { userId }) },
        OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }],
      },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(({ payload, ...row }) => ({
      ...row,
      content: JSON.parse(payload) as NotificationContent,
    }));
  }

  /** Puts another text into those of an event. What was given instead of it goes: it may quote what was there before. */
  async rewrite(applicationId: string, eventId: string, body: string): Promise<void> {
    const one = await this.database.client.pushNotification.findFirst({ where: { applicationId, eventId } });
    if (one === null) return;
    const { title } = JSON.parse(one.payload) as NotificationContent;
    const content: NotificationContent = { title, body };
    await this.database.queries.$executeRaw`
      UPDATE push_notification.push_notification SET payload = ${JSON.stringify(content)}
      WHERE event_id = ${eventId}::uuid AND application_id = ${applicationId}`;
  }

  /** Deletes a portion of those whose message has expired. @returns how many */
  forgetExpired(): Promise<number> {
    return this.database.queries.$executeRaw`
      DELETE FROM push_notification.push_notification
      WHERE id = ANY (ARRAY(
        SELECT id FROM push_notification.push_notification
        WHERE expires_at IS NOT NULL AND expires_at < now() ORDER BY expires_at LIMIT ${forgottenAtOnce}
        FOR UPDATE SKIP LOCKED
      ))`;
  }

  /** Deletes a portion of a user's. @returns how many */
  forgetUser(applicationId: string, userId: string): Promise<number> {
    return this.database.queries.$executeRaw`
      DELETE FROM push_notification.push_notification
      WHERE id = ANY (ARRAY(
        SELECT id FROM push_notification.push_notification
        WHERE application_id = ${applicationId} AND user_id = ${userId} LIMIT ${forgottenAtOnce}
      ))`;
  }

  /** Deletes a portion of those of an application, and of the work of these conversations. @returns how many rows */
  async erase(applicationId: string, lanes: readonly string[]): Promise<number> {
    const notifications = await this.database.queries.$executeRaw`
      DELETE FROM push_notification.push_notification
      WHERE id = ANY (ARRAY(
        SELECT id FROM push_notification.push_notification
        -- One index alone has this order: by the id alone, PostgreSQL may walk through those of all applications.
        WHERE application_id = ${applicationId} ORDER BY user_id, id LIMIT ${forgottenAtOnce}
      ))`;
    const walks = await this.database.queries.$executeRaw`
      DELETE FROM push_notification.walk WHERE application_id = ${applicationId}`;
    return notifications + walks + (await this.lanes.erase(lanes));
  }

  /** Deletes a portion of those of these events. @returns how many */
  forgetEvents(applicationId: string, eventIds: readonly string[]): Promise<number> {
    return this.database.queries.$executeRaw`
      DELETE FROM push_notification.push_notification
      WHERE id = ANY (ARRAY(
        SELECT id FROM push_notification.push_notification
        WHERE event_id = ANY (${[...eventIds]}::uuid[]) AND application_id = ${applicationId}
        LIMIT ${forgottenAtOnce}
      ))`;
  }
}
