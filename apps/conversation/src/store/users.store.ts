import { Injectable } from '@nestjs/common';
import type { User } from '#contracts/users.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { keepApplication } from './living-application.js';

export interface UserRow {
  readonly number: bigint;
  readonly id: string;
  readonly kind: 'person' | 'business' | 'contact_session';
  readonly displayName: string | null;
  readonly attributes: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly tokensValidFrom: Date | null;
}

/** Users of applications. Those that are deleted are found no more; their ids stay taken. */
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
    const row = await transaction.user.findUnique({ where: { applicationId_id: { applicationId, id } } });
    return row?.deletedAt === null ? row : null;
  }

  /** In the order of their numbers, those after `after`. */
  list(applicationId: string, after: bigint, limit: number): Promise<UserRow[]> {
    return this.database.client.user.findMany({
      where: { applicationId, number: { gt: after }, deletedAt: null },
      orderBy: { number: 'asc' },
      take: limit,
    });
  }

  /** @throws HooklineError unauthenticated: the application is deleted */
  async create(
    transaction: Transaction,
    row: {
      readonly applicationId: string;
      readonly id: string;
      readonly displayName: string | null;
      readonly attributes: object;
    },
  ): Promise<'created' | 'taken' | 'deleted'> {
    const { applicationId, id } = row;
    await keepApplication(transaction, applicationId);
    const { count } = await transaction.user.createMany({ data: [row], skipDuplicates: true });
    if (count === 1) return 'created';
    return (await this.find(applicationId, id, transaction)) === null ? 'deleted' : 'taken';
  }

  /** Until the transaction ends nobody else changes it. */
  async lock(transaction: Transaction, applicationId: string, id: string): Promise<UserRow | null> {
    await transaction.$queryRaw`
      SELECT FROM conversation."user" WHERE application_id = ${applicationId} AND id = ${id} FOR NO KEY UPDATE`;
    return this.find(applicationId, id, transaction);
  }

  async update(
    transaction: Transaction,
    applicationId: string,
    id: string,
    profile: { readonly displayName: string | null; readonly attributes: object },
  ): Promise<void> {
    await transaction.user.update({
      where: { applicationId_id: { applicationId, id } },
      data: { ...profile, updatedAt: new Date() },
    });
  }

  /** Those of these users that there are. */
  async existing(
    transaction: Transaction,
    applicationId: string,
    ids: readonly string[],
  ): Promise<Set<string>> {
    const rows = await transaction.user.findMany({
      where: { applicationId, id: { in: [...ids] }, deletedAt: null },
      select: { id: true },
    });
    return new Set(rows.map((row) => row.id));
  }
}

/** A user as callers see it. */
export function userOf(row: UserRow): User {
  return {
    id: row.id,
    kind: row.kind,
    displayName: row.displayName,
    attributes: row.attributes as User['attributes'],
    createdAt: row.createdAt.getTime(),
  };
}
