import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { hookName } from '#contracts/hooks/names.js';
import type { describeHooks } from '#contracts/hooks/registry.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { IdempotentRequests, type IdempotentWork } from '#platform/idempotency/idempotent-requests.js';

/** A change of the registry that is committed, and the version that it made. */
export interface RegistryChanged<Outcome> {
  readonly version: number;
  readonly outcome: Outcome;
}

interface NameRow {
  readonly version: bigint;
  readonly name: string | null;
  readonly isFiltered: boolean | null;
}

/** The registry's version: it grows with every change of any hook, in the transaction that makes the change. */
@Injectable()
export class RegistryStore {
  constructor(
    private readonly database: Database,
    private readonly requests: IdempotentRequests,
  ) {}

  /** Changes follow one another: the version's row is locked until the commit, so `work` may count and then insert. */
  change<Outcome>(work: (transaction: Transaction) => Promise<Outcome>): Promise<RegistryChanged<Outcome>> {
    return this.database.client.$transaction((transaction) => advance(transaction, work));
  }

  /** Like `change`, once for each key: the second time its first outcome, as its JSON form has it. */
  changeOnce<Outcome>(
    request: IdempotentWork,
    work: (transaction: Transaction) => Promise<Outcome>,
  ): Promise<RegistryChanged<Outcome>> {
    return this.database.client.$transaction((transaction) =>
      this.requests.run(transaction, request, () => advance(transaction, work)),
    );
  }

  async version(): Promise<number> {
    const { version } = await this.database.client.hookRegistry.findUniqueOrThrow({ where: { id: 1 } });
    return Number(version);
  }

  /** Names of an application's enabled hooks. One statement, so that they are those of exactly this version. */
  async describe(applicationId: string): Promise<z.output<typeof describeHooks.answer>> {
    const rows = await this.database.client.$queryRaw<NameRow[]>`
      SELECT registry.version, hook.name, bool_or(hook.attribute <> 'null') AS "isFiltered"
      FROM hook_engine.hook_registry AS registry
      LEFT JOIN hook_engine.hook AS hook ON hook.application_id = ${applicationId} AND hook.enabled
      WHERE registry.id = 1
      GROUP BY registry.version, hook.name`;
    const named = rows.filter((row) => row.name !== null);
    const namesOf = (those: readonly NameRow[]) => those.map(({ name }) => hookName.parse(name));
    return {
      version: Number(rows[0]?.version),
      names: namesOf(named),
      filtered: namesOf(named.filter(({ isFiltered }) => isFiltered)),
    };
  }
}

async function advance<Outcome>(
  transaction: Transaction,
  work: (transaction: Transaction) => Promise<Outcome>,
): Promise<RegistryChanged<Outcome>> {
  const { version } = await transaction.hookRegistry.update({
    where: { id: 1 },
    data: { version: { increment: 1 } },
  });
  return { version: Number(version), outcome: await work(transaction) };
}
