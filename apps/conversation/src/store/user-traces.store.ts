import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import type { ErasedUser } from './user-erasures.store.js';

const atOnce = 500;
/** Conversations that are locked at once. */
const conversationsAtOnce = 20;

/** What stands of users beside the timelines in which they have been. Every method takes a portion, and may be repeated. */
@Injectable()
export class UserTracesStore {
  constructor(private readonly database: Database) {}

  /**
   * A portion of what mentions the user where it has never been, under the heads' locks: whoever edits a message holds it
   * too. JSON texts of ids are told from everything else by what follows them. @returns how many
   */
  async renameMentions({ applicationId, userId, pseudonym }: ErasedUser): Promise<number> {
    const [from, to] = [JSON.stringify(userId), JSON.stringify(pseudonym)];
    return this.database.client.$executeRaw`
      WITH found AS MATERIALIZED (
        SELECT event.conversation_key, event.seq
        FROM conversation.event JOIN conversation.conversation ON conversation.key = event.conversation_key
        WHERE event.mentions IS NOT NULL AND event.mentions::jsonb -> 'userIds' @> to_jsonb(${userId}::text)
          AND conversation.application_id = ${applicationId}
        LIMIT ${conversationsAtOnce}
      ), head AS MATERIALIZED (
        SELECT conversation_key FROM conversation.conversation_head
        WHERE conversation_key = ANY (ARRAY(SELECT conversation_key FROM found))
        ORDER BY conversation_key FOR UPDATE
      )
      UPDATE conversation.event
      SET mentions = replace(replace(event.mentions, ${`${from},`}, ${`${to},`}), ${`${from}]`}, ${`${to}]`})
      FROM found JOIN head USING (conversation_key)
      WHERE event.conversation_key = found.conversation_key AND event.seq = found.seq
        AND strpos(event.mentions, ${from}) > 0`;
  }

  /** A portion of what the user has created. @returns how many */
  async renameCreator({ applicationId, userId, pseudonym }: ErasedUser): Promise<number> {
    return this.database.client.$executeRaw`
      UPDATE conversation.conversation SET created_by = ${pseudonym}
      WHERE key = ANY (ARRAY(
        SELECT key FROM conversation.conversation
        WHERE application_id = ${applicationId} AND created_by = ${userId} LIMIT ${atOnce}
      ))`;
  }

  /** A portion of whom the user has blocked, and of who and what has blocked it. @returns how many */
  async forgetBlocks({ applicationId, userId }: ErasedUser): Promise<number> {
    const ofUsers = await this.database.client.$executeRaw`
      DELETE FROM conversation.user_block
      WHERE ctid = ANY (ARRAY(
        (SELECT ctid FROM conversation.user_block
          WHERE application_id = ${applicationId} AND user_id = ${userId} LIMIT ${atOnce})
        UNION ALL
        (SELECT ctid FROM conversation.user_block
          WHERE application_id = ${applicationId} AND blocked_user_id = ${userId} LIMIT ${atOnce})
      ))`;
    const ofConversations = await this.database.client.$executeRaw`
      DELETE FROM conversation.conversation_block
      WHERE ctid = ANY (ARRAY(
        SELECT block.ctid FROM conversation.conversation_block AS block
        JOIN conversation.conversation ON conversation.key = block.conversation_key
        WHERE block.user_id = ${userId} AND conversation.application_id = ${applicationId}
        LIMIT ${atOnce}
      ))`;
    return ofUsers + ofConversations;
  }

  /** A portion of the user's files: what no message carries is housekeeping's from now on. @returns how many */
  async renameFiles({ applicationId, userId, pseudonym }: ErasedUser): Promise<number> {
    return this.database.client.$executeRaw`
      UPDATE conversation.file SET owner_id = ${pseudonym}, due_at = now()
      WHERE id = ANY (ARRAY(
        SELECT id FROM conversation.file
        WHERE application_id = ${applicationId} AND owner_id = ${userId} LIMIT ${atOnce}
      ))`;
  }

  /** A portion of the log of its sessions, and those of them that are still known. @returns how many */
  async renameSessions({ applicationId, userId, pseudonym }: ErasedUser): Promise<number> {
    const [row] = await this.database.client.$queryRaw<{ count: bigint }[]>`
      WITH logged AS (
        UPDATE conversation.session_change SET user_id = ${pseudonym}, tag = NULL, address = NULL
        WHERE number = ANY (ARRAY(
          SELECT number FROM conversation.session_change
          WHERE application_id = ${applicationId} AND user_id = ${userId} ORDER BY number LIMIT ${atOnce}
        ))
        RETURNING session_id
      ), known AS (
        UPDATE conversation.session SET user_id = ${pseudonym}, tag = NULL, address = NULL, token_id = NULL
        WHERE id = ANY (ARRAY(SELECT session_id FROM logged))
      )
      SELECT count(*) AS count FROM logged`;
    return Number(row?.count ?? 0);
  }

  /** What hooks have not been told yet, all of it: nearly always that is nothing. */
  async renameOccurrences({ applicationId, userId, pseudonym }: ErasedUser): Promise<void> {
    const [from, to] = [JSON.stringify(userId), JSON.stringify(pseudonym)];
    await this.database.client.$executeRaw`
      UPDATE conversation.occurrence
      SET request = replace(replace(replace(request,
        ${`${from},`}, ${`${to},`}), ${`${from}]`}, ${`${to}]`}), ${`${from}}`}, ${`${to}}`})
      WHERE application_id = ${applicationId} AND strpos(request, ${from}) > 0`;
  }

  /** A portion of its tokens that were revoked: none of them counts any more. @returns how many */
  async forgetTokens({ applicationId, userId }: ErasedUser): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.revoked_token
      WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM conversation.revoked_token
        WHERE application_id = ${applicationId} AND user_id = ${userId} LIMIT ${atOnce}
      ))`;
  }

  /** A portion of the rooms that the user was in. @returns how many */
  async forgetVisits({ applicationId, userId }: ErasedUser): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.room_visitor
      WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM conversation.room_visitor
        WHERE application_id = ${applicationId} AND user_id = ${userId} LIMIT ${atOnce}
      ))`;
  }

  /** A portion of the events that are listed for the user. @returns how many */
  async renameRecipients({ applicationId, userId, pseudonym }: ErasedUser): Promise<number> {
    return this.database.client.$executeRaw`
      UPDATE conversation.event_recipient SET user_id = ${pseudonym}
      WHERE ctid = ANY (ARRAY(
        SELECT recipient.ctid FROM conversation.event_recipient AS recipient
        JOIN conversation.conversation ON conversation.key = recipient.conversation_key
        WHERE recipient.user_id = ${userId} AND conversation.application_id = ${applicationId}
        LIMIT ${atOnce}
        FOR UPDATE OF recipient SKIP LOCKED
      ))`;
  }

  /** A portion of the stays that are over. @returns how many */
  async renameStays({ applicationId, userId, pseudonym }: ErasedUser): Promise<number> {
    return this.database.client.$executeRaw`
      UPDATE conversation.member SET user_id = ${pseudonym}
      WHERE id = ANY (ARRAY(
        SELECT id FROM conversation.member
        WHERE application_id = ${applicationId} AND user_id = ${userId} AND state::text = 'left' LIMIT ${atOnce}
      ))`;
  }

  /** A portion of the user's idempotency keys. @returns how many */
  async forgetRequests({ applicationId, userId }: ErasedUser): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.request
      WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM conversation.request
        WHERE application_id = ${applicationId} AND namespace = ${`user:${userId}`} LIMIT ${atOnce}
      ))`;
  }
}
