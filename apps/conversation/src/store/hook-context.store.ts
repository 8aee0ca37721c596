import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#domain/conversations/merge-patch.js';
import { Database } from '#platform/database/database.js';
import type { Queries } from '#platform/database/queries.js';

/** What hooks must know besides the operation itself. */
export interface HookContext {
  readonly hookFailure: 'continue' | 'abort';
  /** Of the conversation; null when there is none yet. */
  readonly attributes: JsonObject | null;
}

@Injectable()
export class HookContextStore {
  constructor(private readonly database: Database) {}

  /** @returns null when there is no such application */
  async find(
    applicationId: string,
    conversationId: string,
    queries: Queries = this.database.queries,
  ): Promise<HookContext | null> {
    const [row] = await queries.$queryRaw<HookContext[]>`
      SELECT application.hook_failure AS "hookFailure", conversation.attributes
      FROM conversation.application
      LEFT JOIN conversation.conversation AS conversation
        ON conversation.application_id = application.id AND conversation.id = ${conversationId}
      WHERE application.id = ${applicationId} AND application.deleted_at IS NULL`;
    return row ?? null;
  }
}
