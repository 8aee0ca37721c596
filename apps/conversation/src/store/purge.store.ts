import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { detachFiles } from './detach-files.js';

/** One transaction deletes at most this many events, and members: some milliseconds of work. */
const portion = 1_000;
/** The stream reaches the disk every two minutes: what a power loss takes from it can still be handed over again. */
const grace = Prisma.sql`interval '10 minutes'`;
/** While more than this wait for the relay, it has more important things to do. */
const waitingAtMost = 1_000;

interface Deleted {
  readonly key: bigint;
  /** Events below it are gone. */
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
}

/** Deletes what deleted conversations held. */
@Injectable()
export class PurgeStore {
  constructor(private readonly database: Database) {}

  /**
   * Deletes a portion of what one deleted conversation held: events from the beginning on, then members. Nothing is added
   * to it any more. Replicas pass over what another has locked; a crash before the commit changes nothing.
   *
   * @returns how many conversations it has worked on
   */
  async sweep(): Promise<number> {
    return this.database.client.$transaction(async (transaction) => {
      const deleted = await this.next(transaction);
      if (deleted === undefined) return 0;
      await this.deletePortion(transaction, deleted);
      return 1;
    });
  }

  /**
   * Deletes a portion of what this deleted conversation held, and waits for nothing: nobody is left who would miss it.
   *
   * @returns false when there was nothing left
   */
  async purge(key: bigint): Promise<boolean> {
    return this.database.client.$transaction(async (transaction) => {
      const [deleted] = await transaction.$queryRaw<Deleted[]>`
        SELECT deleted.key, deleted.first_seq AS "firstSeq", head.last_seq AS "lastSeq"
        FROM conversation.conversation AS deleted
        JOIN conversation.conversation_head AS head ON head.conversation_key = deleted.key
        WHERE deleted.key = ${key} AND deleted.deleted_at IS NOT NULL AND deleted.purged_at IS NULL
        FOR NO KEY UPDATE OF deleted`;
      if (deleted === undefined) return false;
      await this.deletePortion(transaction, deleted);
      return true;
    });
  }

  private async deletePortion(transaction: Transaction, deleted: Deleted): Promise<void> {
    if (deleted.firstSeq <= deleted.lastSeq) await this.deleteEvents(transaction, deleted);
    else if ((await this.deleteMembers(transaction, deleted)) < portion) {
      await transaction.$executeRaw`
        UPDATE conversation.conversation SET purged_at = now() WHERE key = ${deleted.key}`;
    }
  }

  /** The one that was deleted first, some time ago, of those whose events, and what hooks are to hear, were handed over. */
  private async next(transaction: Transaction): Promise<Deleted | undefined> {
    const rows = await transaction.$queryRaw<Deleted[]>`
      WITH waiting AS MATERIALIZED (
        SELECT conversation_key FROM conversation.outbox_entry
        WHERE published_at IS NULL ORDER BY number LIMIT ${waitingAtMost}
      )
      SELECT deleted.key, deleted.first_seq AS "firstSeq", head.last_seq AS "lastSeq"
      FROM conversation.conversation AS deleted
      JOIN conversation.conversation_head AS head ON head.conversation_key = deleted.key
      WHERE deleted.deleted_at < now() - ${grace} AND deleted.purged_at IS NULL
        AND (SELECT count(*) FROM waiting) < ${waitingAtMost}
        AND deleted.key NOT IN (SELECT conversation_key FROM waiting)
        -- By its subscribers it leaves their lists.
        AND deleted.unlisted_up_to IS NULL
        AND (SELECT true FROM conversation.occurrence WHERE lane = deleted.key LIMIT 1) IS NULL
      ORDER BY deleted.deleted_at
      LIMIT 1
      FOR NO KEY UPDATE OF deleted SKIP LOCKED`;
    return rows[0];
  }

  private async deleteEvents(transaction: Transaction, { key, firstSeq }: Deleted): Promise<void> {
    const end = firstSeq + BigInt(portion);
    await transaction.$executeRaw`
      DELETE FROM conversation.event_recipient
      WHERE conversation_key = ${key} AND seq >= ${firstSeq} AND seq < ${end}`;
    await transaction.$executeRaw`
      DELETE FROM conversation.event WHERE conversation_key = ${key} AND seq >= ${firstSeq} AND seq < ${end}`;
    await detachFiles(transaction, key, { first: firstSeq, end });
    await transaction.$executeRaw`
      UPDATE conversation.conversation SET first_seq = ${end} WHERE key = ${key}`;
  }

  /** @returns how many, of members, of visitors, of blocks, or of what nobody will hear */
  private async deleteMembers(transaction: Transaction, { key }: Deleted): Promise<number> {
    const members = await transaction.$executeRaw`
      DELETE FROM conversation.member WHERE id = ANY(ARRAY(
        SELECT id FROM conversation.member WHERE conversation_key = ${key} LIMIT ${portion}
      ))`;
    const visitors = await transaction.$executeRaw`
      DELETE FROM conversation.room_visitor WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM conversation.room_visitor WHERE conversation_key = ${key} LIMIT ${portion}
      ))`;
    const blocks = await transaction.$executeRaw`
      DELETE FROM conversation.conversation_block WHERE (conversation_key, user_id) IN (
        SELECT conversation_key, user_id FROM conversation.conversation_block
        WHERE conversation_key = ${key} LIMIT ${portion}
      )`;
    const occurrences = await transaction.$executeRaw`
      DELETE FROM conversation.occurrence WHERE number = ANY(ARRAY(
        SELECT number FROM conversation.occurrence WHERE lane = ${key} LIMIT ${portion}
      ))`;
    const broadcasts = await transaction.$executeRaw`
      DELETE FROM conversation.broadcast WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM conversation.broadcast WHERE conversation_key = ${key} LIMIT ${portion}
      ))`;
    return Math.max(members, visitors, blocks, occurrences, broadcasts);
  }
}
