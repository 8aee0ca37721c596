import { Prisma } from '#prisma/client.js';
import type { Database } from '../database.js';

const atOnce = 1_000;

/** Forgets lanes of one schema: how far they were, and all work that came of them. */
export class LaneErasure {
  private readonly tables: readonly Prisma.Sql[];

  /**
   * @param schema a name from code, never from input: it becomes part of the statements
   * @param further tables with a column lane, besides those of the inbox; names from code as well
   */
  constructor(
    private readonly database: Database,
    schema: string,
    further: readonly string[] = ['job'],
  ) {
    // The lane first: what is kept of it counts no more then.
    const names = ['inbox_lane', 'inbox_entry', ...further];
    this.tables = names.map((name) => Prisma.raw(`"${schema}"."${name}"`));
  }

  /** Deletes a portion of what these lanes have left; nothing of them may come any more. @returns how many rows */
  async erase(lanes: readonly string[]): Promise<number> {
    let removed = 0;
    for (const table of this.tables) {
      removed += await this.database.queries.$executeRaw`
        DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM ${table} WHERE lane = ANY (${[...lanes]}::bigint[]) LIMIT ${atOnce}
        ))`;
    }
    return removed;
  }
}
