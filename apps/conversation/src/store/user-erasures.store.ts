import { Injectable } from '@nestjs/common';
import type { Conversation } from '#contracts/conversations.js';
import type { SentMessages } from '#contracts/users.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';

export interface ErasedUser {
  readonly applicationId: string;
  readonly userId: string;
  /** What stands for the id from now on. */
  readonly pseudonym: string;
  readonly messages: SentMessages;
}

export interface Erasure extends ErasedUser {
  /** Conversations with smaller keys are done, and events of this one up to `seq`. */
  readonly conversationKey: bigint;
  readonly seq: bigint;
}

/** One in which something may stand of a user. */
export interface FoundConversation {
  readonly key: bigint;
  readonly lastSeq: bigint;
  readonly kind: Conversation['kind'];
}

export interface PresentStay {
  readonly id: string;
  readonly conversationId: string;
  readonly role: 'owner' | 'manager' | 'member';
  readonly state: 'joined' | 'invited';
}

/** Events of a view that are changed at once. */
const viewAtOnce = 500;
/** How long a replica may be silent before another one goes on with what it has begun. */
const lease = '30 seconds';
/** Longer than any transaction that may not have seen yet that the user is gone. */
const settlingTime = '20 seconds';

/**
 * Users that are being taken out of what is stored: their id is replaced by a pseudonym, wherever it stands. Every step may
 * be repeated. All times are the database's.
 */
@Injectable()
export class UserErasuresStore {
  constructor(private readonly database: Database) {}

  /** Ends the user: profile and tokens at once, the rest is due. False: there is no such user. */
  async begin(transaction: Transaction, user: ErasedUser): Promise<boolean> {
    const { applicationId, userId, pseudonym, messages } = user;
    const count = await transaction.$executeRaw`
      WITH deleted AS (
        UPDATE conversation."user"
        SET deleted_at = statement_timestamp(), updated_at = statement_timestamp(), display_name = NULL,
          attributes = '{}', uid = gen_random_uuid(), list_version = list_version + 1
        WHERE application_id = ${applicationId} AND id = ${userId} AND deleted_at IS NULL
        RETURNING application_id, id
      )
      INSERT INTO conversation.user_erasure (application_id, user_id, pseudonym, messages)
      SELECT application_id, id, ${pseudonym}, ${messages}::conversation.sent_messages FROM deleted`;
    return count === 1;
  }

  /** Takes on what is due and nobody works on; null: there is nothing. */
  async claim(): Promise<Erasure | null> {
    const [erasure] = await this.database.client.$queryRaw<Erasure[]>`
      UPDATE conversation.user_erasure SET due_at = statement_timestamp() + ${lease}::interval
      WHERE (application_id, user_id) IN (
        SELECT application_id, user_id FROM conversation.user_erasure
        WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
      )
      RETURNING application_id AS "applicationId", user_id AS "userId", pseudonym, messages::text AS messages,
        conversation_key AS "conversationKey", seq`;
    return erasure ?? null;
  }

  /** Writes down how far the work has come, and keeps it. */
  async advance({ applicationId, userId }: ErasedUser, conversationKey: bigint, seq: bigint): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE conversation.user_erasure
      SET conversation_key = ${conversationKey}, seq = ${seq}, due_at = statement_timestamp() + ${lease}::interval
      WHERE application_id = ${applicationId} AND user_id = ${userId}`;
  }

  /**
   * Ends it, when nobody can bring the user back in any more; else it is due again soon, from the beginning.
   */
  async settle({ applicationId, userId }: ErasedUser): Promise<void> {
    await this.database.client.$executeRaw`
      WITH settled AS (
        DELETE FROM conversation.user_erasure AS erasure
        WHERE application_id = ${applicationId} AND user_id = ${userId}
          AND requested_at < statement_timestamp() - ${settlingTime}::interval
          AND NOT EXISTS (
            SELECT FROM conversation.member
            WHERE member.application_id = erasure.application_id AND member.user_id = erasure.user_id
          )
          AND NOT EXISTS (
            SELECT FROM conversation.room_visitor AS visitor
            WHERE visitor.application_id = erasure.application_id AND visitor.user_id = erasure.user_id
          )
        RETURNING user_id
      )
      UPDATE conversation.user_erasure
      SET conversation_key = 0, seq = 0, due_at = statement_timestamp() + interval '5 seconds'
      WHERE application_id = ${applicationId} AND user_id = ${userId} AND NOT EXISTS (SELECT FROM settled)`;
  }

  /** A stay, or an invitation, that has not ended. */
  async presentStay({ applicationId, userId }: ErasedUser): Promise<PresentStay | null> {
    const [stay] = await this.database.client.$queryRaw<PresentStay[]>`
      SELECT member.id::text, conversation.id AS "conversationId", member.role::text AS role,
        member.state::text AS state
      FROM conversation.member JOIN conversation.conversation ON conversation.key = member.conversation_key
      WHERE member.application_id = ${applicationId} AND member.user_id = ${userId} AND member.state::text <> 'left'
      LIMIT 1`;
    return stay ?? null;
  }

  /**
   * @param left the event that says so; null where nothing can be said any more
   * @returns false when it had ended before
   */
  async endStay(
    transaction: Transaction,
    id: string,
    left: { readonly seq: number; readonly timestamp: number } | null,
  ): Promise<boolean> {
    const count = await transaction.$executeRaw`
      UPDATE conversation.member SET state = 'left', left_seq = ${left?.seq ?? null}::bigint,
        left_at = coalesce(${left === null ? null : new Date(left.timestamp)}::timestamptz, statement_timestamp())
      WHERE id = ${id}::uuid AND state <> 'left'`;
    return count === 1;
  }

  /** The first conversation from this key on in which something may stand of the user, rooms too; null: there is none. */
  async conversationFrom(
    { applicationId, userId }: Pick<ErasedUser, 'applicationId' | 'userId'>,
    key: bigint,
  ): Promise<FoundConversation | null> {
    const here = Prisma.sql`
      WHERE application_id = ${applicationId} AND user_id = ${userId} AND conversation_key >= ${key}
      ORDER BY conversation_key LIMIT 1`;
    const [row] = await this.database.client.$queryRaw<FoundConversation[]>`
      SELECT conversation_key AS key, last_seq AS "lastSeq", (
        SELECT its.kind::text FROM conversation.conversation AS its WHERE its.key = conversation_key) AS kind
      FROM conversation.conversation_head
      WHERE conversation_key = least(
        (SELECT conversation_key FROM conversation.member ${here}),
        (SELECT conversation_key FROM conversation.room_visitor ${here})
      )`;
    return row ?? null;
  }

  /** What the user has sent in a stretch of a timeline. */
  async sentBetween(
    { userId }: ErasedUser,
    conversationKey: bigint,
    after: bigint,
    upTo: bigint,
  ): Promise<string[]> {
    const rows = await this.database.client.$queryRaw<{ id: string }[]>`
      SELECT id::text FROM conversation.event
      WHERE conversation_key = ${conversationKey} AND seq > ${after} AND seq <= ${upTo} AND sender_id = ${userId}`;
    return rows.map(({ id }) => id);
  }

  /**
   * Replaces the id in a stretch of a timeline, under the head's lock: whoever changes several events holds it too. In
   * events about members, and in mentions, ids stand as JSON texts; their form there tells them from everything else.
   */
  async renameInEvents(
    user: ErasedUser,
    conversationKey: bigint,
    after: bigint,
    upTo: bigint,
  ): Promise<void> {
    const stretch = Prisma.sql`event.seq > ${after} AND event.seq <= ${upTo}`;
    await this.renameAmong(this.database.client, user, conversationKey, stretch);
  }

  /**
   * A portion of a service's events that are in the user's view, which holds all that it has sent. What has no event any more
   * has another's id.
   */
  async viewOf(
    { userId }: ErasedUser,
    conversationKey: bigint,
  ): Promise<{ readonly seq: bigint; readonly id: string; readonly isOwn: boolean }[]> {
    return this.database.client.$queryRaw<{ seq: bigint; id: string; isOwn: boolean }[]>`
      SELECT view.seq, coalesce(event.id::text, '') AS id, coalesce(event.sender_id = ${userId}, false) AS "isOwn"
      FROM (
        SELECT seq FROM conversation.event_recipient
        WHERE user_id = ${userId} AND conversation_key = ${conversationKey}
        ORDER BY seq LIMIT ${viewAtOnce}
      ) AS view
      LEFT JOIN LATERAL (
        SELECT * FROM conversation.event AS stored
        WHERE stored.conversation_key = ${conversationKey} AND stored.seq = view.seq OFFSET 0
      ) AS event ON true`;
  }

  /** As `renameInEvents`: in these events and those about them. After that they are in the pseudonym's view. */
  async renameInView(user: ErasedUser, conversationKey: bigint, seqs: readonly bigint[]): Promise<void> {
    const wanted = Prisma.sql`${seqs.map(String)}::bigint[]`;
    await this.database.client.$transaction(async (transaction) => {
      const isAbout = Prisma.sql`event.target_seq = ANY(${wanted})`;
      await this.renameAmong(transaction, user, conversationKey, isAbout);
      await this.renameAmong(transaction, user, conversationKey, Prisma.sql`event.seq = ANY(${wanted})`);
      await transaction.$executeRaw`
        UPDATE conversation.event_recipient SET user_id = ${user.pseudonym}
        WHERE conversation_key = ${conversationKey} AND user_id = ${user.userId} AND seq = ANY(${wanted})`;
    });
  }

  /** One subscriber less. The head must be locked. */
  async endSubscription(transaction: Transaction, conversationKey: bigint): Promise<void> {
    await transaction.conversationHead.update({
      where: { conversationKey },
      data: { subscribers: { decrement: 1 } },
    });
  }

  /** In what members of a conversation say of others. Stays are locked in the order of their ids, as by `ReceiptsStore.advanceLocked`. */
  async renameAround({ userId, pseudonym }: ErasedUser, conversationKey: bigint): Promise<void> {
    await this.database.client.$executeRaw`
      WITH locked AS (
        SELECT id FROM conversation.member
        WHERE conversation_key = ${conversationKey} AND inviter_id = ${userId}
        ORDER BY id
        FOR NO KEY UPDATE
      )
      UPDATE conversation.member SET inviter_id = ${pseudonym}
      FROM locked WHERE member.id = locked.id`;
    await this.database.client.$executeRaw`
      UPDATE conversation.conversation_block SET blocked_by = ${pseudonym}
      WHERE conversation_key = ${conversationKey} AND blocked_by = ${userId}`;
    await this.database.client.$executeRaw`
      DELETE FROM conversation.room_attendance
      WHERE conversation_key = ${conversationKey} AND user_id = ${userId}`;
  }

  /** @param which of the conversation's events */
  private async renameAmong(
    transaction: Transaction,
    { userId, pseudonym, messages }: ErasedUser,
    conversationKey: bigint,
    which: Prisma.Sql,
  ): Promise<void> {
    const [from, to] = [JSON.stringify(userId), JSON.stringify(pseudonym)];
    const isOwn = Prisma.sql`event.sender_id = ${userId}`;
    // What its messages were changed to, by a server too; their sender may have been renamed before.
    const showsOwn = Prisma.sql`(event.type = 'message.updated' AND EXISTS (
      SELECT FROM conversation.event AS target
      WHERE target.conversation_key = event.conversation_key AND target.seq = event.target_seq
        AND target.sender_id IN (${userId}, ${pseudonym})
    ))`;
    // Only what somebody has said, not what was done.
    const isRecalled = Prisma.sql`(${messages === 'recall'} AND (${showsOwn}
      OR (${isOwn} AND (event.type IN ('message', 'message.updated') OR event.type LIKE 'custom:%'))))`;
    await transaction.$executeRaw`
      WITH head AS MATERIALIZED (
        SELECT conversation_key FROM conversation.conversation_head
        WHERE conversation_key = ${conversationKey} FOR UPDATE
      ), changed AS (
      UPDATE conversation.event SET
        sender_id = CASE WHEN ${isOwn} THEN ${pseudonym} ELSE event.sender_id END,
        content = CASE
          WHEN event.type LIKE 'member.%' THEN replace(event.content, ${`"userId":${from}`}, ${`"userId":${to}`})
          WHEN ${isRecalled} THEN NULL ELSE event.content END,
        content_type = CASE WHEN ${isRecalled} THEN 'recalled' ELSE event.content_type END,
        "binary" = CASE WHEN ${isRecalled} THEN NULL ELSE event."binary" END,
        recalled_at = CASE WHEN ${isRecalled} AND event.type <> 'message.updated'
          THEN coalesce(event.recalled_at, statement_timestamp()) ELSE event.recalled_at END,
        mentions = CASE WHEN ${isRecalled} THEN NULL
          ELSE replace(replace(event.mentions, ${`${from},`}, ${`${to},`}), ${`${from}]`}, ${`${to}]`}) END,
        attachments = CASE WHEN ${isRecalled} THEN NULL ELSE event.attachments END
      FROM head
      WHERE event.conversation_key = head.conversation_key AND event.conversation_key = ${conversationKey}
        AND ${which}
        AND (${isOwn} OR strpos(event.mentions, ${from}) > 0 OR (${messages === 'recall'} AND ${showsOwn})
          OR (event.type LIKE 'member.%' AND strpos(event.content, ${from}) > 0))
      RETURNING event.seq, event.content_type
      ), detached AS (
        DELETE FROM conversation.event_file
        WHERE conversation_key = ${conversationKey}
          AND seq = ANY (ARRAY(SELECT seq FROM changed WHERE content_type = 'recalled'))
        RETURNING file_id
      )
      UPDATE conversation.file SET due_at = now()
      WHERE id = ANY (ARRAY(SELECT detached.file_id FROM detached))`;
  }
}
