import { Injectable } from '@nestjs/common';
import type { LiveEvent } from '#contracts/sessions.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { detachFiles } from './detach-files.js';
import { eventColumns, isUnexpired, liveEventOf, type EventBody, type EventRow } from './event-row.js';

/** A message, or what else has this id, whether or not it has expired. */
export interface FoundEvent extends LiveEvent {
  readonly isExpired: boolean;
}

const purgedAtOnce = 500;

/** What becomes of messages after they were stored. */
@Injectable()
export class MessagesStore {
  constructor(private readonly database: Database) {}

  /** @param transaction the one that holds the head's lock, when what is found is to stay true */
  async find(
    conversationKey: bigint,
    eventId: string,
    transaction: Transaction = this.database.client,
  ): Promise<FoundEvent | null> {
    const rows = await transaction.$queryRaw<(EventRow & { is_expired: boolean })[]>`
      SELECT ${eventColumns}, NOT ${isUnexpired} AS is_expired
      FROM conversation.event JOIN conversation.conversation ON conversation.key = event.conversation_key
      WHERE event.id = ${eventId}::uuid AND event.conversation_key = ${conversationKey}
        AND event.seq >= conversation.first_seq`;
    const [row] = rows;
    return row === undefined ? null : { ...liveEventOf(row), isExpired: row.is_expired };
  }

  /** Puts another content into a message. The head must be locked. */
  async rewrite(
    transaction: Transaction,
    conversationKey: bigint,
    seq: number,
    { contentType, content, binary, mentions }: EventBody,
    editedAt: number,
  ): Promise<void> {
    const bytes = binary === null ? null : Buffer.from(binary).toString('base64');
    const named = mentions === undefined ? null : JSON.stringify(mentions);
    await transaction.$executeRaw`
      UPDATE conversation.event
      SET content_type = ${contentType}, content = ${content}, "binary" = decode(${bytes}::text, 'base64'),
        mentions = ${named}, edited_at = ${new Date(editedAt)}
      WHERE conversation_key = ${conversationKey} AND seq = ${seq}`;
  }

  /** Deletes the content of a message or custom event, its attachments, and the content of all its edits. The head must be locked. */
  async erase(
    transaction: Transaction,
    conversationKey: bigint,
    seq: number,
    recalledAt: number,
  ): Promise<void> {
    await transaction.$executeRaw`
      UPDATE conversation.event
      SET content_type = 'recalled', content = NULL, "binary" = NULL, mentions = NULL, attachments = NULL,
        recalled_at = ${new Date(recalledAt)}
      WHERE conversation_key = ${conversationKey} AND seq = ${seq}`;
    await transaction.$executeRaw`
      UPDATE conversation.event SET content_type = 'recalled', content = NULL, "binary" = NULL, mentions = NULL
      WHERE conversation_key = ${conversationKey} AND target_seq = ${seq} AND type = 'message.updated'`;
    await detachFiles(transaction, conversationKey, { first: seq, end: seq + 1 });
  }

  /** As `erase`; and from now on nobody finds the message, nor what was said about it. The events stay in the timeline. */
  async remove(transaction: Transaction, conversationKey: bigint, seq: number): Promise<void> {
    await this.erase(transaction, conversationKey, seq, Date.now());
    await transaction.$executeRaw`
      UPDATE conversation.event SET expires_at = statement_timestamp()
      WHERE conversation_key = ${conversationKey} AND (seq = ${seq} OR target_seq = ${seq})`;
  }

  /** One of those for whom it is by name sees it no more, nor what was said about it. The head must be locked. */
  async hideFrom(
    transaction: Transaction,
    conversationKey: bigint,
    seq: number,
    userId: string,
  ): Promise<void> {
    await transaction.$executeRaw`
      DELETE FROM conversation.event_recipient
      WHERE user_id = ${userId} AND conversation_key = ${conversationKey} AND seq IN (
        SELECT seq FROM conversation.event
        WHERE conversation_key = ${conversationKey} AND (seq = ${seq} OR target_seq = ${seq}))`;
  }

  /** The event by which it was recalled; null when it went with its deleted sender, without an event of its own. */
  async recallOf(
    transaction: Transaction,
    conversationKey: bigint,
    seq: number,
  ): Promise<{ eventId: string; seq: number; timestamp: number } | null> {
    const rows = await transaction.$queryRaw<{ id: string; seq: bigint; created_at: Date }[]>`
      SELECT id::text, seq, created_at FROM conversation.event
      WHERE conversation_key = ${conversationKey} AND target_seq = ${seq} AND type = 'message.recalled'
      ORDER BY seq LIMIT 1`;
    const [row] = rows;
    if (row === undefined) return null;
    return { eventId: row.id, seq: Number(row.seq), timestamp: row.created_at.getTime() };
  }

  /**
   * Deletes the content of messages that have expired, and of what is about them: a portion, without waiting for rows that
   * are being changed. The events stay, so that the timeline has no hole.
   *
   * @returns how many there were
   */
  async purgeExpired(): Promise<number> {
    const rows = await this.database.client.$queryRaw<{ count: bigint }[]>`
      WITH purged AS (
        UPDATE conversation.event
        SET content_type = 'recalled', content = NULL, "binary" = NULL, mentions = NULL, attachments = NULL
        WHERE ctid = ANY(ARRAY(
          SELECT ctid FROM conversation.event
          WHERE expires_at IS NOT NULL AND content_type <> 'recalled' AND expires_at < statement_timestamp()
          ORDER BY expires_at LIMIT ${purgedAtOnce}
          FOR UPDATE SKIP LOCKED
        ))
        RETURNING conversation_key, seq
      ), detached AS (
        DELETE FROM conversation.event_file
        WHERE ctid = ANY(ARRAY(
          SELECT attached.ctid FROM purged CROSS JOIN LATERAL (
            SELECT ctid FROM conversation.event_file
            WHERE conversation_key = purged.conversation_key AND seq = purged.seq
            OFFSET 0
          ) AS attached
        ))
        RETURNING file_id
      ), released AS (
        UPDATE conversation.file SET due_at = now()
        WHERE id = ANY(ARRAY(SELECT detached.file_id FROM detached))
      )
      SELECT count(*) AS count FROM purged`;
    return Number(rows[0]?.count ?? 0);
  }
}
