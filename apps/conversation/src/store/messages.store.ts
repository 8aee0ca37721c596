import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';

const purgedAtOnce = 500;

/** What becomes of messages after they were stored. */
@Injectable()
export class MessagesStore {
  constructor(private readonly database: Database) {}

  /**
   * Deletes the content of messages that have expired, and of what is about them: a portion, without waiting for rows that
   * are being changed. The events stay, so that the timeline has no hole.
   *
   * @returns how many there were
   */
  async purgeExpired(): Promise<number> {
    return this.database.client.$executeRaw`
      UPDATE conversation.event
      SET content_type = 'recalled', content = NULL, "binary" = NULL, mentions = NULL
      WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM conversation.event
        WHERE expires_at IS NOT NULL AND content_type <> 'recalled' AND expires_at < statement_timestamp()
        ORDER BY expires_at LIMIT ${purgedAtOnce}
        FOR UPDATE SKIP LOCKED
      ))`;
  }
}
