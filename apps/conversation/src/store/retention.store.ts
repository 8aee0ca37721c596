import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';

/** One statement deletes at most this many times this many events: some milliseconds of work. */
const conversationsAtOnce = 10;
const eventsPerConversation = 500;
/** While more than this wait for the relay, it has more important things to do. */
const waitingAtMost = 1_000;

/** Deletes old events of applications that keep them for a limited time. */
@Injectable()
export class RetentionStore {
  constructor(private readonly database: Database) {}

  /**
   * Deletes the oldest events of a few conversations, with their recipients, from the beginning of the timeline on; stops
   * before an event that has not been handed to the stream. All times are the database's.
   *
   * Rows are named by their place (ctid): a join would let the planner read whole tables. A row that is edited or recalled
   * at this very moment may stay behind; what lies before `first_seq` is shown to nobody.
   * Senders are never waited for and never made to wait: they lock a conversation's head, and this its row in
   * `conversation`, skipping what another replica has locked. What is kept keeps its seq, and the head does not move.
   * A crash before the commit changes nothing.
   *
   * @returns how many conversations it has looked at; each of them comes later in the order now
   */
  async sweep(): Promise<number> {
    return this.database.client.$executeRaw`
      WITH waiting AS MATERIALIZED (
        SELECT conversation_key, seq FROM conversation.outbox_entry
        WHERE published_at IS NULL ORDER BY number LIMIT ${waitingAtMost}
      ), due AS MATERIALIZED (
        SELECT found.key, found.first_seq, limited.cutoff
        FROM (
          SELECT id, now() - event_retention_days * interval '1 day' AS cutoff
          FROM conversation.application WHERE event_retention_days IS NOT NULL
        ) AS limited
        CROSS JOIN LATERAL (
          SELECT key, first_seq FROM conversation.conversation
          WHERE conversation.application_id = limited.id AND conversation.retention_due_from < limited.cutoff
          ORDER BY conversation.retention_due_from LIMIT ${conversationsAtOnce}
          FOR NO KEY UPDATE SKIP LOCKED
        ) AS found
        WHERE (SELECT count(*) FROM waiting) < ${waitingAtMost}
        LIMIT ${conversationsAtOnce}
      ), oldest AS MATERIALIZED (
        SELECT due.key, event.seq, event.created_at, event.ctid,
          EXISTS (SELECT FROM waiting WHERE waiting.conversation_key = due.key AND waiting.seq = event.seq) AS is_waiting,
          event.created_at >= due.cutoff OR event.place > ${eventsPerConversation} AS is_kept
        FROM due CROSS JOIN LATERAL (
          SELECT ctid, seq, created_at, row_number() OVER (ORDER BY seq) AS place FROM conversation.event
          WHERE conversation_key = due.key AND seq >= due.first_seq
          ORDER BY seq LIMIT ${eventsPerConversation + 1}
        ) AS event
      ), edge AS MATERIALIZED (
        SELECT due.key, due.first_seq, due.cutoff, kept.created_at, kept.is_waiting,
          coalesce(kept.seq, (SELECT max(seq) + 1 FROM oldest WHERE oldest.key = due.key), due.first_seq) AS kept_seq
        FROM due LEFT JOIN LATERAL (
          SELECT seq, created_at, is_waiting FROM oldest
          WHERE oldest.key = due.key AND (is_kept OR is_waiting) ORDER BY seq LIMIT 1
        ) AS kept ON true
      ), forgotten AS (
        DELETE FROM conversation.event_recipient
        WHERE ctid = ANY(ARRAY(
          SELECT recipient.ctid FROM edge CROSS JOIN LATERAL (
            SELECT ctid FROM conversation.event_recipient
            WHERE conversation_key = edge.key AND seq >= edge.first_seq AND seq < edge.kept_seq
            OFFSET 0
          ) AS recipient
        ))
      ), detached AS (
        DELETE FROM conversation.event_file
        WHERE ctid = ANY(ARRAY(
          SELECT attached.ctid FROM edge CROSS JOIN LATERAL (
            SELECT ctid FROM conversation.event_file
            WHERE conversation_key = edge.key AND seq >= edge.first_seq AND seq < edge.kept_seq
            OFFSET 0
          ) AS attached
        ))
        RETURNING file_id
      ), released AS (
        UPDATE conversation.file SET due_at = now()
        WHERE id = ANY(ARRAY(SELECT detached.file_id FROM detached))
      ), deleted AS (
        DELETE FROM conversation.event
        WHERE ctid = ANY(ARRAY(
          SELECT oldest.ctid FROM oldest JOIN edge USING (key) WHERE oldest.seq < edge.kept_seq
        ))
      )
      UPDATE conversation.conversation
      SET first_seq = edge.kept_seq,
        -- Again when the first event that is left is too old; in an hour when it waits for the relay.
        retention_due_from = CASE WHEN edge.is_waiting THEN edge.cutoff + interval '1 hour'
          ELSE coalesce(edge.created_at, now()) END
      FROM edge WHERE conversation.key = edge.key`;
  }
}
