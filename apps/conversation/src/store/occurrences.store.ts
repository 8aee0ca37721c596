import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { occurrence, type Occurrence } from '#contracts/occurrences.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';

/** What is taken at once: rows, and bytes of them, far below the limit of a payload. The first row comes in any case. */
const atOnce = { rows: 500, bytes: 256 * 1024 };
/** Nobody has asked for it for so long. */
const retention = Prisma.sql`interval '7 days'`;
const sweptAtOnce = 5_000;

/** What the transaction knows of it; the rest stands in the conversation's row. */
export type NewOccurrence =
  | { readonly hook: 'conversationStarted'; readonly initiatorId: string | null }
  | {
      readonly hook: 'conversationAdded' | 'conversationRemoved';
      readonly initiatorId: string | null;
      readonly members: readonly string[];
    };

interface Row {
  readonly number: bigint;
  readonly id: string;
  readonly lane: bigint;
  readonly hook: string;
  readonly request: string;
  readonly attributes: string;
  readonly created_at: Date;
  readonly application_id: string;
  readonly conversation_id: string;
  readonly kind: string;
}

/** What after-hooks are to be told of conversations. All times are the database's. */
@Injectable()
export class OccurrencesStore {
  constructor(private readonly database: Database) {}

  /** The head must be locked, unless nobody else can know of the conversation yet. */
  async insert(
    transaction: Transaction,
    conversationKey: bigint,
    { hook, ...who }: NewOccurrence,
  ): Promise<void> {
    await transaction.$executeRaw`
      INSERT INTO conversation.occurrence (id, application_id, lane, hook, request, attributes)
      SELECT ${uuidv7()}::uuid, application_id, key, ${hook}, ${JSON.stringify(who)}, attributes::text
      FROM conversation.conversation WHERE key = ${conversationKey}`;
  }

  /**
   * The oldest ones. Of each lane they are the first ones without a gap: what has a smaller number in the same lane was
   * committed before.
   */
  async take(): Promise<Occurrence[]> {
    const rows = await this.database.client.$queryRaw<Row[]>`
      SELECT sized.number, sized.id::text, sized.lane, sized.hook, sized.request, sized.attributes, sized.created_at,
        its.application_id, its.id AS conversation_id, its.kind::text AS kind
      FROM (
        SELECT oldest.*, sum(size) OVER (ORDER BY number) - size AS bytes_before
        FROM (
          SELECT occurrence.*, octet_length(request) + octet_length(attributes) AS size
          FROM conversation.occurrence ORDER BY number LIMIT ${atOnce.rows}
        ) AS oldest
      ) AS sized
      CROSS JOIN LATERAL (SELECT * FROM conversation.conversation WHERE key = sized.lane LIMIT 1) AS its
      WHERE sized.bytes_before < ${atOnce.bytes}
      ORDER BY sized.number`;
    return rows.map(occurrenceOf);
  }

  async confirm(numbers: readonly number[]): Promise<void> {
    await this.database.client.$executeRaw`
      DELETE FROM conversation.occurrence WHERE number = ANY (${numbers.map(String)}::bigint[])`;
  }

  /** Deletes a portion of what nobody has asked for. @returns how many */
  async sweep(): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM conversation.occurrence WHERE number = ANY (ARRAY(
        SELECT number FROM (
          SELECT number, created_at FROM conversation.occurrence ORDER BY number LIMIT ${sweptAtOnce}
        ) AS oldest
        WHERE created_at < now() - ${retention}
      ))`;
  }
}

function occurrenceOf(row: Row): Occurrence {
  return occurrence.parse({
    number: Number(row.number),
    id: row.id,
    lane: String(row.lane),
    request: {
      ...(JSON.parse(row.request) as object),
      hook: row.hook,
      applicationId: row.application_id,
      timestamp: row.created_at.getTime(),
      conversation: {
        id: row.conversation_id,
        kind: row.kind,
        attributes: JSON.parse(row.attributes) as unknown,
      },
    },
  });
}
