import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { conversationKind } from '#contracts/conversations.js';
import {
  failurePolicy,
  hookAttribute,
  hookMode,
  hookProtocol,
  type HookAttribute,
  type HookProtocol,
} from '#contracts/hooks/registration.js';
import { hookName, type HookName } from '#contracts/hooks/names.js';
import { Database, type Transaction } from '#platform/database/database.js';
import type { Hook as HookRow } from '#prisma/client.js';

/** A registered hook as this app keeps it. */
export interface StoredHook {
  readonly id: string;
  readonly applicationId: string;
  readonly name: HookName;
  readonly protocol: HookProtocol;
  readonly url: string;
  /** A signing secret (http), or JSON of an `EngineAccess` (leanengine). */
  readonly secretSealed: string;
  /** Signs as well until then: the secret before the last rotation. */
  readonly formerSecretSealed: string | null;
  readonly formerSecretUntil: Date | null;
  readonly position: number;
  /** How long one call may take, in ms. */
  readonly deadline: number;
  readonly failurePolicy: 'continue' | 'abort' | 'default';
  readonly enabled: boolean;
  readonly kinds: readonly z.output<typeof conversationKind>[];
  readonly attribute: HookAttribute;
  /** Calls at once, of each replica. */
  readonly concurrency: number;
  readonly mode: 'live' | 'shadow';
  readonly recordContentsUntil: Date | null;
  readonly createdAt: Date;
  /** The server that said that it has this hook; null: it was registered by itself. */
  readonly serverId: string | null;
}

/** What may become different. */
type ChangedHook = Partial<Omit<StoredHook, 'id' | 'applicationId' | 'name' | 'createdAt'>>;

/** The hooks of all applications. Those of one name run in this order; the id settles what is registered at once. */
const inOrder = [{ position: 'asc' }, { createdAt: 'asc' }, { id: 'asc' }] as const;

@Injectable()
export class HooksStore {
  constructor(private readonly database: Database) {}

  /** The hooks that are called, those of one name in the order of the calls. @param name of all names without */
  async enabledOf(applicationIds: readonly string[], name?: HookName): Promise<StoredHook[]> {
    const rows = await this.database.client.hook.findMany({
      where: { applicationId: { in: [...applicationIds] }, ...(name && { name }), enabled: true },
      orderBy: [...inOrder],
    });
    return rows.map(fromRow);
  }

  async list(applicationId: string): Promise<StoredHook[]> {
    const rows = await this.database.client.hook.findMany({
      where: { applicationId },
      orderBy: [{ name: 'asc' }, ...inOrder],
    });
    return rows.map(fromRow);
  }

  async findOf(
    applicationId: string,
    id: string,
    transaction: Transaction = this.database.client,
  ): Promise<StoredHook | null> {
    const row = await transaction.hook.findUnique({ where: { applicationId, id } });
    return row && fromRow(row);
  }

  /** Of whichever application. */
  async find(id: string): Promise<StoredHook | null> {
    const row = await this.database.client.hook.findUnique({ where: { id } });
    return row && fromRow(row);
  }

  /** Those that were registered by themselves. */
  count(transaction: Transaction, applicationId: string): Promise<number> {
    return transaction.hook.count({ where: { applicationId, serverId: null } });
  }

  async insert(transaction: Transaction, hook: StoredHook): Promise<void> {
    const attribute = JSON.stringify(hook.attribute);
    await transaction.hook.create({ data: { ...hook, kinds: [...hook.kinds], attribute } });
  }

  /** @returns the hook as it is now; null: there is none */
  async update(
    transaction: Transaction,
    applicationId: string,
    id: string,
    { kinds, attribute, ...changes }: ChangedHook,
  ): Promise<StoredHook | null> {
    const data = {
      ...changes,
      ...(kinds && { kinds: [...kinds] }),
      ...(attribute !== undefined && { attribute: JSON.stringify(attribute) }),
    };
    const [row] = await transaction.hook.updateManyAndReturn({ where: { applicationId, id }, data });
    return row ? fromRow(row) : null;
  }

  /** @returns how many there were */
  async deleteAll(transaction: Transaction, applicationId: string): Promise<number> {
    const { count } = await transaction.hook.deleteMany({ where: { applicationId } });
    return count;
  }

  /** @returns whether there was one */
  async delete(transaction: Transaction, applicationId: string, id: string): Promise<boolean> {
    const { count } = await transaction.hook.deleteMany({ where: { applicationId, id } });
    return count === 1;
  }
}

function fromRow(row: HookRow): StoredHook {
  return {
    ...row,
    name: hookName.parse(row.name),
    protocol: hookProtocol.parse(row.protocol),
    failurePolicy: failurePolicy.parse(row.failurePolicy),
    kinds: row.kinds.map((kind) => conversationKind.parse(kind)),
    attribute: hookAttribute.parse(JSON.parse(row.attribute)),
    mode: hookMode.parse(row.mode),
  };
}
