import { Injectable } from '@nestjs/common';
import type { Attachment, File } from '#contracts/files.js';
import type { SeenEvent } from '#domain/timeline/visibility.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { databaseFailure } from './append.store.js';
import { audienceOfRow, isUnexpired, recipientsColumn, type EventRow } from './event-row.js';
import { isIn } from './is-in.js';
import { keepApplication } from './living-application.js';
import { attending } from './rooms.store.js';
import { firstRows } from './user-exports.store.js';

/** What is known of a file that is complete, without what its row says. */
export type FileDescription = Omit<File, 'id' | 'ownerId' | 'createdAt'>;

export interface FileIdentity {
  readonly applicationId: string;
  readonly fileId: string;
}

/** What decides who sees an event that a file is attached to. */
export interface AttachedEvent extends SeenEvent {
  readonly conversationKey: bigint;
  readonly conversationId: string;
}

type AttachedRow = Pick<
  EventRow,
  'conversation_key' | 'conversation_id' | 'seq' | 'sender_id' | 'target_seq' | 'audience' | 'recipients'
>;

interface FileRow {
  readonly id: string;
  readonly owner_id: string | null;
  readonly description: FileDescription;
  readonly created_at: Date;
}

/** How long an upload may take from its announcement to its end; what is older was left behind by a crash (ms). */
const uploadPatience = 60 * 60 * 1000;
const removalsAtOnce = 200;
/** When a removal that has failed is tried again (ms). */
const removalPause = 10 * 60 * 1000;
const eventsAtOnce = 100;
const foreignKeyViolation = '23503';

/** Uploaded files, what they are attached to, and what is to be removed. */
@Injectable()
export class FilesStore {
  constructor(private readonly database: Database) {}

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.database.client.$transaction(work);
  }

  /** Nobody sees it until it is complete. @throws HooklineError unauthenticated: the application is deleted */
  async begin({ applicationId, fileId }: FileIdentity, ownerId: string | null): Promise<void> {
    await this.transaction(async (transaction) => {
      await keepApplication(transaction, applicationId);
      await transaction.$executeRaw`
        INSERT INTO conversation.file (id, application_id, owner_id, due_at)
        VALUES (${fileId}::uuid, ${applicationId}, ${ownerId}, now() + ${uploadPatience}::float8 * interval '1 millisecond')`;
    });
  }

  /**
   * @param keptFor how long it stays without being attached (ms)
   * @returns null when it was not begun, or was given up
   */
  async complete(
    transaction: Transaction,
    { applicationId, fileId }: FileIdentity,
    description: FileDescription,
    keptFor: number,
  ): Promise<File | null> {
    const rows = await transaction.$queryRaw<FileRow[]>`
      UPDATE conversation.file
      SET description = ${JSON.stringify(description)}::jsonb,
        due_at = now() + ${keptFor}::float8 * interval '1 millisecond'
      WHERE id = ${fileId}::uuid AND application_id = ${applicationId} AND description IS NULL
      RETURNING id::text, owner_id, description, created_at`;
    const [row] = rows;
    return row === undefined ? null : fileOf(row);
  }

  async find({ applicationId, fileId }: FileIdentity): Promise<File | null> {
    const rows = await this.database.client.$queryRaw<FileRow[]>`
      SELECT id::text, owner_id, description, created_at FROM conversation.file
      WHERE id = ${fileId}::uuid AND application_id = ${applicationId} AND description IS NOT NULL`;
    const [row] = rows;
    return row === undefined ? null : fileOf(row);
  }

  /**
   * A portion (`rowsAtOnce`) of those of a user that are complete, in the order of their ids, after `after`. The portion
   * begins with the owner and may run into the next one's: only that order has one index, however much who owns.
   */
  async ofOwner(applicationId: string, ownerId: string, after: string): Promise<File[]> {
    const rows = await this.database.client.$queryRaw<FileRow[]>`
      SELECT id::text, owner_id, description, created_at FROM (
        SELECT * FROM conversation.file
        WHERE application_id = ${applicationId} AND (owner_id, id) > (${ownerId}, ${after}::uuid)
          AND description IS NOT NULL
        ORDER BY owner_id, id ${firstRows}
      ) AS file
      WHERE owner_id = ${ownerId}
      ORDER BY file.id`;
    return rows.map(fileOf);
  }

  /**
   * What a message shows of these files, in their order.
   *
   * @param ownerId whose they must be; null: anybody's of the application
   * @returns null when one of them is not there, or is another's
   */
  async attachments(
    applicationId: string,
    fileIds: readonly string[],
    ownerId: string | null,
  ): Promise<Attachment[] | null> {
    const rows = await this.database.client.$queryRaw<FileRow[]>`
      SELECT id::text, owner_id, description, created_at FROM conversation.file
      WHERE id = ANY(${[...fileIds]}::uuid[]) AND application_id = ${applicationId} AND description IS NOT NULL
        AND (${ownerId}::text IS NULL OR owner_id = ${ownerId}::text)`;
    const found = new Map(rows.map((row) => [row.id, attachmentOf(row)]));
    const attachments = fileIds.flatMap((id) => found.get(id.toLowerCase()) ?? []);
    return attachments.length === fileIds.length ? attachments : null;
  }

  /**
   * Events that the file is attached to, the newest first, in rooms that the user attends, in conversations that it is in,
   * or listed for the user, or for everybody, or sent by it: a portion before `before`. Whether the user may see them is another
   * question. By OFFSET 0 all of that is looked up per event: a user is in too many conversations to read them all, and may be
   * listed anywhere.
   *
   * @param before null: from the newest
   */
  async attachedTo(
    fileId: string,
    userId: string,
    before: Pick<AttachedEvent, 'conversationKey' | 'seq'> | null,
  ): Promise<AttachedEvent[]> {
    const isBefore =
      before === null
        ? Prisma.empty
        : Prisma.sql`AND (attached.conversation_key, attached.seq) < (${before.conversationKey}, ${before.seq})`;
    const rows = await this.database.client.$queryRaw<AttachedRow[]>`
      SELECT attached.conversation_key, conversation.id AS conversation_id, event.seq, event.sender_id, event.target_seq,
        event.audience::text AS audience, ${recipientsColumn}
      FROM conversation.event_file AS attached
      JOIN conversation.event ON event.conversation_key = attached.conversation_key AND event.seq = attached.seq
      JOIN conversation.conversation ON conversation.key = event.conversation_key
      WHERE attached.file_id = ${fileId}::uuid AND ${isUnexpired} ${isBefore}
        AND (
          event.sender_id = ${userId}
          OR event.audience = 'broadcast'
          OR EXISTS (
            SELECT FROM conversation.member
            WHERE member.conversation_key = attached.conversation_key AND member.user_id = ${userId}
              AND ${isIn()} OFFSET 0
          )
          OR EXISTS (
            SELECT FROM ${attending}
            WHERE attendance.conversation_key = attached.conversation_key AND attendance.user_id = ${userId} OFFSET 0
          )
          OR EXISTS (
            SELECT FROM conversation.event_recipient AS recipient
            WHERE recipient.conversation_key = attached.conversation_key AND recipient.seq = attached.seq
              AND recipient.user_id = ${userId} OFFSET 0
          )
        )
      ORDER BY attached.conversation_key DESC, attached.seq DESC
      LIMIT ${eventsAtOnce}`;
    return rows.map(attachedEventOf);
  }

  /** Deletes a file that is attached to nothing. False: it is attached, or not there. */
  async delete({ applicationId, fileId }: FileIdentity): Promise<boolean> {
    try {
      const count = await this.database.queries.$executeRaw`
        WITH gone AS (
          DELETE FROM conversation.file
          WHERE id = ${fileId}::uuid AND application_id = ${applicationId} AND description IS NOT NULL
            AND NOT EXISTS (SELECT FROM conversation.event_file AS attached WHERE attached.file_id = file.id)
          RETURNING id, application_id
        )
        INSERT INTO conversation.file_removal (file_id, application_id) SELECT id, application_id FROM gone`;
      return count === 1;
    } catch (error) {
      // It was attached at the same moment.
      if (databaseFailure(error).code === foreignKeyViolation) return false;
      throw error;
    }
  }

  /** Gives up an upload that is not complete. */
  async abandon({ applicationId, fileId }: FileIdentity): Promise<void> {
    await this.database.queries.$executeRaw`
      WITH gone AS (
        DELETE FROM conversation.file
        WHERE id = ${fileId}::uuid AND application_id = ${applicationId} AND description IS NULL
        RETURNING id, application_id
      )
      INSERT INTO conversation.file_removal (file_id, application_id) SELECT id, application_id FROM gone`;
  }

  async toRemove(): Promise<FileIdentity[]> {
    return this.database.client.$queryRaw<FileIdentity[]>`
      SELECT file_id::text AS "fileId", application_id AS "applicationId" FROM conversation.file_removal
      WHERE created_at <= now() ORDER BY created_at LIMIT ${removalsAtOnce}`;
  }

  async removed(fileIds: readonly string[]): Promise<void> {
    await this.database.client.$executeRaw`
      DELETE FROM conversation.file_removal WHERE file_id = ANY(${[...fileIds]}::uuid[])`;
  }

  /** They count as created later. */
  async deferRemoval(fileIds: readonly string[]): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.file_removal SET created_at = now() + ${removalPause}::float8 * interval '1 millisecond'
      WHERE file_id = ANY(${[...fileIds]}::uuid[])`;
  }

  /** Deletes a portion of what is due and attached to nothing; answers how many it has looked at. */
  async sweep(): Promise<number> {
    const rows = await this.database.queries.$queryRaw<{ looked_at: bigint }[]>`
      WITH due AS MATERIALIZED (
        SELECT id, application_id,
          -- As a value: PostgreSQL would read all attachments at once to ask whether there is one.
          (SELECT true FROM conversation.event_file AS attached WHERE attached.file_id = file.id LIMIT 1) IS NOT NULL
            AS is_attached
        FROM conversation.file WHERE due_at < now() ORDER BY due_at LIMIT ${removalsAtOnce}
        FOR UPDATE SKIP LOCKED
      ), kept AS (
        UPDATE conversation.file SET due_at = NULL
        WHERE id = ANY(ARRAY(SELECT due.id FROM due WHERE due.is_attached))
      ), gone AS (
        DELETE FROM conversation.file
        WHERE id = ANY(ARRAY(SELECT due.id FROM due WHERE NOT due.is_attached))
        RETURNING id, application_id
      ), to_remove AS (
        INSERT INTO conversation.file_removal (file_id, application_id) SELECT id, application_id FROM gone
      )
      SELECT count(*) AS looked_at FROM due`;
    return Number(rows[0]?.looked_at ?? 0);
  }
}

function fileOf({ id, owner_id: ownerId, description, created_at: createdAt }: FileRow): File {
  return { id, ownerId, ...description, createdAt: createdAt.getTime() };
}

function attachedEventOf(row: AttachedRow): AttachedEvent {
  return {
    conversationKey: row.conversation_key,
    conversationId: row.conversation_id,
    seq: Number(row.seq),
    senderId: row.sender_id,
    audience: audienceOfRow(row),
    targetSeq: row.target_seq === null ? undefined : Number(row.target_seq),
  };
}

function attachmentOf({ id, description }: FileRow): Attachment {
  const { name, contentType, size, width, height } = description;
  return {
    id,
    name,
    contentType,
    size,
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  };
}
