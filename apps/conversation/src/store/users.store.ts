import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { User } from '#contracts/users.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { keepApplication } from './living-application.js';

export interface UserRow {
  readonly number: bigint;
  readonly id: string;
  readonly uid: string;
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

  /** In the order of their numbers, those beyond `after`; null: from the beginning. */
  list(
    applicationId: string,
    order: 'ascending' | 'descending',
    after: bigint | null,
    limit: number,
  ): Promise<UserRow[]> {
    const isAscending = order === 'ascending';
    const beyond = after === null ? {} : { number: isAscending ? { gt: after } : { lt: after } };
    return this.database.client.user.findMany({
      where: { applicationId, ...beyond, deletedAt: null },
      orderBy: { number: isAscending ? 'asc' : 'desc' },
      take: limit,
    });
  }

  /** @throws HooklineError unauthenticated: the application is deleted */
  async create(
    transaction: Transaction,
    row: {
      readonly applicationId: string;
      readonly id: string;
      readonly uid?: string | undefined;
      readonly displayName: string | null;
      readonly attributes: object;
    },
  ): Promise<'created' | 'taken' | 'deleted' | 'uid_taken'> {
    const { applicationId, id, uid, ...profile } = row;
    await keepApplication(transaction, applicationId);
    const { count } = await transaction.user.createMany({
      data: [{ applicationId, id, ...profile, ...(uid !== undefined && { uid }) }],
      skipDuplicates: true,
    });
    if (count === 1) return 'created';
    const present = await transaction.user.findUnique({
      where: { applicationId_id: { applicationId, id } },
      select: { deletedAt: true },
    });
    if (present === null) return 'uid_taken';
    return present.deletedAt === null ? 'taken' : 'deleted';
  }

  /** Those of them that there are, by ids or by uids. */
  among(
    applicationId: string,
    by: { readonly ids: readonly string[] } | { readonly uids: readonly string[] },
  ): Promise<UserRow[]> {
    const whose = 'ids' in by ? { id: { in: [...by.ids] } } : { uid: { in: [...by.uids] } };
    return this.database.client.user.findMany({ where: { applicationId, ...whose, deletedAt: null } });
  }

  /** Those of these users that there are not, deleted ones among them: each once, in the order of their ids. */
  async missing(applicationId: string, ids: readonly string[]): Promise<string[]> {
    const existing = await this.existing(this.database.client, applicationId, ids);
    return [...new Set(ids)].filter((id) => !existing.has(id)).sort();
  }

  /**
   * @param ids in order: whoever makes some of the same users at once locks them in the same order
   * @returns one of them that was deleted; null: they all are there
   * @throws HooklineError unauthenticated: the application is deleted
   */
  async createMissing(
    transaction: Transaction,
    applicationId: string,
    ids: readonly string[],
  ): Promise<string | null> {
    await keepApplication(transaction, applicationId);
    await transaction.user.createMany({
      data: ids.map((id) => ({ applicationId, id })),
      skipDuplicates: true,
    });
    const deleted = await transaction.user.findFirst({
      where: { applicationId, id: { in: [...ids] }, deletedAt: { not: null } },
      select: { id: true },
    });
    return deleted?.id ?? null;
  }

  /** Until the transaction ends nobody else changes it. */
  async lock(transaction: Transaction, applicationId: string, id: string): Promise<UserRow | null> {
    await transaction.$queryRaw`
      SELECT FROM conversation."user" WHERE application_id = ${applicationId} AND id = ${id} FOR NO KEY UPDATE`;
    return this.find(applicationId, id, transaction);
  }

  /** @throws HooklineError user_not_found */
  async require(applicationId: string, ids: readonly string[]): Promise<void> {
    const known = await this.existing(this.database.client, applicationId, ids);
    const unknown = ids.find((id) => !known.has(id));
    if (unknown !== undefined)
      throw new HooklineError('user_not_found', `There is no user ${JSON.stringify(unknown)}`);
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
    uid: row.uid,
    kind: row.kind,
    displayName: row.displayName,
    attributes: row.attributes as User['attributes'],
    createdAt: row.createdAt.getTime(),
  };
}
