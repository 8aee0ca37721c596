import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { applicationChange } from '#contracts/applications.js';
import { Database, type Transaction } from '#platform/database/database.js';
import type { Application, Prisma } from '#prisma/client.js';

export type ApplicationRow = Application;
export type NewApplicationRow = Prisma.ApplicationCreateInput;

/** What is undefined stays. */
type ApplicationSettings = z.output<typeof applicationChange>;

/** Tenants. Those that are deleted are found no more; their ids stay taken. */
@Injectable()
export class ApplicationsStore {
  constructor(private readonly database: Database) {}

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.database.client.$transaction(work);
  }

  async find(id: string, transaction: Transaction = this.database.client): Promise<ApplicationRow | null> {
    const row = await transaction.application.findUnique({ where: { id } });
    return row?.deletedAt === null ? row : null;
  }

  /** In the order of their numbers, those after `after`. */
  list(after: number, limit: number): Promise<ApplicationRow[]> {
    return this.database.client.application.findMany({
      where: { number: { gt: after }, deletedAt: null },
      orderBy: { number: 'asc' },
      take: limit,
    });
  }

  /** Also a deleted one. */
  findAtAll(id: string, transaction: Transaction = this.database.client): Promise<ApplicationRow | null> {
    return transaction.application.findUnique({ where: { id } });
  }

  async create(
    transaction: Transaction,
    row: NewApplicationRow & { readonly id: string },
  ): Promise<'created' | 'taken' | 'deleted'> {
    const { count } = await transaction.application.createMany({ data: [row], skipDuplicates: true });
    if (count === 1) return 'created';
    return (await this.find(row.id, transaction)) === null ? 'deleted' : 'taken';
  }

  /** False: there is no such application. */
  async update(transaction: Transaction, id: string, settings: ApplicationSettings): Promise<boolean> {
    const { count } = await transaction.application.updateMany({
      where: { id, deletedAt: null },
      data: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
    });
    return count === 1;
  }

  /** Creates the application or gives it these keys; a deleted one stays deleted. */
  async put(row: NewApplicationRow): Promise<void> {
    const { id, appKeySealed, masterKeySealed, hookKeySealed } = row;
    await this.database.client.application.createMany({ data: [row], skipDuplicates: true });
    await this.database.client.application.updateMany({
      where: { id, deletedAt: null },
      data: { appKeySealed, masterKeySealed, hookKeySealed },
    });
  }
}
