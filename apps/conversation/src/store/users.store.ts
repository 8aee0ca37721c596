import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#platform/database/database.js';

export interface UserRow {
  readonly id: string;
  readonly kind: 'person' | 'business' | 'contact_session';
  readonly displayName: string | null;
  readonly attributes: unknown;
  readonly createdAt: Date;
}

/** Users of applications. */
@Injectable()
export class UsersStore {
  constructor(private readonly database: Database) {}

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.database.client.$transaction(work);
  }

  async find(
    applicationId: string,
    id: string,
    transaction: Transaction = this.database.client,
  ): Promise<UserRow | null> {
    return transaction.user.findUnique({ where: { applicationId_id: { applicationId, id } } });
  }

  /** False: the id is taken. */
  async create(
    transaction: Transaction,
    row: {
      readonly applicationId: string;
      readonly id: string;
      readonly displayName: string | null;
      readonly attributes: object;
    },
  ): Promise<boolean> {
    const { count } = await transaction.user.createMany({ data: [row], skipDuplicates: true });
    return count === 1;
  }

  async existing(
    transaction: Transaction,
    applicationId: string,
    ids: readonly string[],
  ): Promise<Set<string>> {
    const rows = await transaction.user.findMany({
      where: { applicationId, id: { in: [...ids] } },
      select: { id: true },
    });
    return new Set(rows.map((row) => row.id));
  }
}
