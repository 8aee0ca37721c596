import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';

/** A deleted application of which something may be left. */
export interface ApplicationErasure {
  readonly applicationId: string;
  /** Nobody can be writing any more who had not seen the deletion. */
  readonly isSettled: boolean;
}

export interface ErasedConversation {
  readonly key: bigint;
  readonly number: number;
  /** It holds nothing any more. */
  readonly isPurged: boolean;
}

/** How long a replica may be silent before another one goes on with what it has begun. */
const lease = '10 seconds';
/** Until it is looked again whether something was left behind. */
const pause = '3 seconds';
/** Longer than a call with the longest hooks, and the transaction behind it. */
const settlingTime = '20 seconds';
/** When it is looked once more for what a process may have written that had stood still since before the deletion. */
const lastLook = '1 hour';
const atOnce = 500;
/** Entries of the outbox that one statement looks at. */
const entriesAtOnce = 200;

/** What belongs to the application and to nothing else, in an order in which each of them can be deleted. */
const owned = [
  'user_erasure',
  'user_block',
  'revoked_token',
  'conversation_attribute',
  'room_visitor',
  'member',
  'session_change',
  'occurrence',
  'application_former_key',
  'request',
  'broadcast',
  'broadcast_counter',
  'user',
].map((name) => Prisma.raw(`conversation."${name}"`));

/**
 * Applications that are being removed. The row of an application stays as a tombstone, and says how far it is. Every step
 * deletes a portion, and may be repeated. All times are the database's.
 */
@Injectable()
export class ApplicationErasuresStore {
  constructor(private readonly database: Database) {}

  /**
   * Ends the application: from the commit on there is no such application, and nothing is left of its keys and settings.
   * Waits for those who keep it (`keepApplication`). A deleted one, and one that there is not, stay as they are.
   */
  async begin(applicationId: string): Promise<void> {
    await this.database.client.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT FROM conversation.application WHERE id = ${applicationId} FOR UPDATE`;
      await transaction.$executeRaw`
        UPDATE conversation.application
        SET deleted_at = statement_timestamp(), erasure_due_at = statement_timestamp(), name = '', app_key_sealed = '',
          master_key_sealed = '', hook_key_sealed = '', token_secret_sealed = '', public_keys = '{}',
          signature_areas = '{}', hook_failure = 'continue', event_retention_days = NULL
        WHERE id = ${applicationId} AND deleted_at IS NULL`;
    });
  }

  /** Takes on what is due and nobody works on; null: there is nothing. */
  async claim(): Promise<ApplicationErasure | null> {
    const [erasure] = await this.database.client.$queryRaw<ApplicationErasure[]>`
      UPDATE conversation.application SET erasure_due_at = statement_timestamp() + ${lease}::interval
      WHERE id IN (
        SELECT id FROM conversation.application
        WHERE erasure_due_at <= statement_timestamp() ORDER BY erasure_due_at LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED
      )
      RETURNING id AS "applicationId",
        deleted_at < statement_timestamp() - ${settlingTime}::interval AS "isSettled"`;
    return erasure ?? null;
  }

  /** The work goes on. */
  async keep(applicationId: string): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.application SET erasure_due_at = statement_timestamp() + ${lease}::interval
      WHERE id = ${applicationId} AND erasure_due_at IS NOT NULL`;
  }

  /** It is looked again soon. */
  async postpone(applicationId: string): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.application SET erasure_due_at = statement_timestamp() + ${pause}::interval
      WHERE id = ${applicationId} AND erasure_due_at IS NOT NULL`;
  }

  /** Nothing is left. The first time it is looked once more, much later. */
  async finish(applicationId: string): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.application SET erased_at = coalesce(erased_at, statement_timestamp()),
        erasure_due_at = CASE WHEN erased_at IS NULL THEN statement_timestamp() + ${lastLook}::interval END
      WHERE id = ${applicationId}`;
  }

  /**
   * Ends a portion of its conversations, under the locks of their heads: who appends, or changes members, finds that there
   * is no such conversation. @returns how many
   */
  async endConversations(applicationId: string): Promise<number> {
    return this.database.client.$executeRaw`
      WITH chosen AS MATERIALIZED (
        SELECT key FROM conversation.conversation
        -- One index alone has this order: by the key alone, PostgreSQL may walk through those of all applications.
        WHERE application_id = ${applicationId} AND deleted_at IS NULL ORDER BY kind, key LIMIT ${atOnce}
      ), locked AS MATERIALIZED (
        SELECT conversation_key FROM conversation.conversation_head
        WHERE conversation_key = ANY (ARRAY(SELECT key FROM chosen)) ORDER BY conversation_key FOR UPDATE
      ), ended AS (
        UPDATE conversation.conversation_head SET state = 'deleted'
        WHERE conversation_key = ANY (ARRAY(SELECT conversation_key FROM locked))
      )
      UPDATE conversation.conversation
      SET deleted_at = statement_timestamp(), name = NULL, attributes = '{}', unique_key = NULL, created_by = NULL
      WHERE key = ANY (ARRAY(SELECT conversation_key FROM locked))`;
  }

  /** Some of its conversations, in the order of their numbers, those after `after`. */
  conversations(applicationId: string, after: number, limit: number): Promise<ErasedConversation[]> {
    return this.database.client.$queryRaw<ErasedConversation[]>`
      SELECT key, number, purged_at IS NOT NULL AS "isPurged" FROM conversation.conversation
      WHERE application_id = ${applicationId} AND number > ${after} ORDER BY number LIMIT ${limit}`;
  }

  /**
   * A stretch of the outbox without the application's entries, published or not: nobody wants to hear them any more.
   *
   * @returns how far it went, null at the end, and how many there were
   */
  async deleteEntries(
    applicationId: string,
    after: bigint,
  ): Promise<{ readonly upTo: bigint | null; readonly removed: number }> {
    const [row] = await this.database.client.$queryRaw<{ up_to: bigint | null; removed: bigint }[]>`
      WITH stretch AS MATERIALIZED (
        SELECT number, conversation_key FROM conversation.outbox_entry
        WHERE number > ${after} ORDER BY number LIMIT ${entriesAtOnce}
      ), found AS MATERIALIZED (
        SELECT stretch.number FROM stretch CROSS JOIN LATERAL (
          SELECT FROM conversation.conversation AS its
          WHERE its.key = stretch.conversation_key AND its.application_id = ${applicationId} OFFSET 0) AS own
      ), gone AS (
        DELETE FROM conversation.outbox_entry WHERE number = ANY (ARRAY(SELECT number FROM found)) RETURNING number
      )
      SELECT (SELECT max(number) FROM stretch) AS up_to, (SELECT count(*) FROM gone) AS removed`;
    return { upTo: row?.up_to ?? null, removed: Number(row?.removed ?? 0) };
  }

  /** The last of these conversations, which hold nothing any more. */
  async deleteConversations(keys: readonly bigint[]): Promise<void> {
    const wanted = keys.map(String);
    await this.database.client.$transaction(async (transaction) => {
      for (const table of [
        Prisma.sql`conversation.room_attendance`,
        Prisma.sql`conversation.conversation_block`,
      ])
        await transaction.$executeRaw`DELETE FROM ${table} WHERE conversation_key = ANY (${wanted}::bigint[])`;
      await transaction.$executeRaw`
        DELETE FROM conversation.conversation_head WHERE conversation_key = ANY (${wanted}::bigint[])`;
      await transaction.$executeRaw`DELETE FROM conversation.conversation WHERE key = ANY (${wanted}::bigint[])`;
    });
  }

  /** A portion of closed sessions; not before their gateways know, or are gone. @returns how many */
  async deleteSessions(applicationId: string): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.session WHERE id = ANY (ARRAY(
        SELECT id FROM conversation.session
        WHERE application_id = ${applicationId} AND closed_at IS NOT NULL
          AND (NOT is_untold OR closed_at < statement_timestamp() - ${settlingTime}::interval)
        LIMIT ${atOnce}
      ))`;
  }

  /** A portion of files that no event carries; the gateways remove their bytes. @returns how many */
  async deleteFiles(applicationId: string): Promise<number> {
    return this.database.client.$executeRaw`
      WITH gone AS (
        DELETE FROM conversation.file WHERE id = ANY (ARRAY(
          SELECT id FROM conversation.file
          WHERE application_id = ${applicationId} AND (
            SELECT true FROM conversation.event_file AS attached WHERE attached.file_id = file.id LIMIT 1) IS NULL
          LIMIT ${atOnce}
        ))
        RETURNING id, application_id
      )
      INSERT INTO conversation.file_removal (file_id, application_id) SELECT id, application_id FROM gone`;
  }

  /** A portion of everything else. @returns how many rows */
  async deleteOwned(applicationId: string): Promise<number> {
    let removed = 0;
    for (const table of owned) {
      removed += await this.database.client.$executeRaw`
        DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM ${table} WHERE application_id = ${applicationId} LIMIT ${atOnce}
        ))`;
    }
    return removed;
  }

  /** Whether something is left that the steps may have passed over, or that others have still to remove. */
  async isLeft(applicationId: string): Promise<boolean> {
    const of = Prisma.sql`WHERE application_id = ${applicationId}`;
    const [row] = await this.database.client.$queryRaw<{ is_left: boolean }[]>`
      SELECT (SELECT true FROM conversation.file_removal ${of} LIMIT 1) IS NOT NULL
        OR (SELECT true FROM conversation.file ${of} LIMIT 1) IS NOT NULL
        OR (SELECT true FROM conversation.session ${of} AND closed_at IS NULL LIMIT 1) IS NOT NULL
        OR (SELECT true FROM conversation.session ${of} AND closed_at IS NOT NULL LIMIT 1) IS NOT NULL
        OR (SELECT true FROM conversation.conversation ${of} LIMIT 1) IS NOT NULL AS is_left`;
    return row?.is_left === true;
  }
}
