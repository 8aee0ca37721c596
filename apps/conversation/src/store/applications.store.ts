import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#platform/database/database.js';
import type { Application, Prisma } from '#prisma/client.js';

export type ApplicationRow = Application;
export type NewApplicationRow = Prisma.ApplicationCreateInput;

/** Tenants, with their keys. */
@Injectable()
export class ApplicationsStore {
  constructor(private readonly database: Database) {}

  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.database.client.$transaction(work);
  }

  async find(id: string, transaction: Transaction = this.database.client): Promise<ApplicationRow | null> {
    return transaction.application.findUnique({ where: { id } });
  }

  /** False: the id is taken. */
  async create(transaction: Transaction, row: NewApplicationRow): Promise<boolean> {
    const { count } = await transaction.application.createMany({ data: [row], skipDuplicates: true });
    return count === 1;
  }

  /** False: there is no such application. */
  async update(
    transaction: Transaction,
    id: string,
    settings: { readonly eventRetentionDays: number | null },
  ): Promise<boolean> {
    const { count } = await transaction.application.updateMany({ where: { id }, data: settings });
    return count === 1;
  }

  /** Creates the application or gives it these keys. */
  async put(row: NewApplicationRow): Promise<void> {
    const { appKeySealed, masterKeySealed, hookKeySealed } = row;
    await this.database.client.application.upsert({
      where: { id: row.id },
      create: row,
      update: { appKeySealed, masterKeySealed, hookKeySealed },
    });
  }
}
