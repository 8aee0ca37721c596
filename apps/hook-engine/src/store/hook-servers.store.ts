import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { hookName } from '#contracts/hooks/names.js';
import { failurePolicy, serverHookSettings } from '#contracts/hooks/registration.js';
import { hookServerError, type HookServerError } from '#contracts/hooks/servers.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma, type HookServer as HookServerRow } from '#prisma/client.js';
import type { StoredHook } from './hooks.store.js';

/** By its name, what the owner has set of a hook alone, whatever is set of its server, and whether or not it is there just now. */
const settingsByHook = z.partialRecord(hookName, serverHookSettings);
export type SettingsByHook = z.output<typeof settingsByHook>;

/** A hook server as this app keeps it. */
export interface StoredHookServer extends Omit<HookServerRow, 'hookSettings'> {
  readonly failurePolicy: StoredHook['failurePolicy'];
  readonly lastError: HookServerError | null;
  readonly hookSettings: SettingsByHook;
}

/** What its owner has said of it. */
export type HookServerSettings = Pick<
  StoredHookServer,
  'url' | 'credentialsSealed' | 'sendLegacySign' | 'position' | 'deadline' | 'failurePolicy' | 'enabled'
>;

/** What it has said itself. */
export type HookServerFacts = Pick<StoredHookServer, 'functions' | 'wantsLegacySign' | 'runtime' | 'version'>;

/** What is set of each of its hooks. */
export type ServerHook = Pick<
  StoredHook,
  | 'id'
  | 'applicationId'
  | 'name'
  | 'protocol'
  | 'url'
  | 'secretSealed'
  | 'position'
  | 'deadline'
  | 'failurePolicy'
  | 'enabled'
  | 'kinds'
  | 'attribute'
  | 'concurrency'
  | 'mode'
  | 'createdAt'
>;

/** What one question to it has brought. */
export type HookServerFinding = HookServerFacts | { readonly lastError: HookServerError };

const columns = Prisma.raw(
  `id, application_id AS "applicationId", url, credentials_sealed AS "credentialsSealed",
   send_legacy_sign AS "sendLegacySign", position, deadline, failure_policy AS "failurePolicy", enabled,
   created_at AS "createdAt", functions, wants_legacy_sign AS "wantsLegacySign", runtime, version, attempt,
   due_at AS "dueAt", refreshed_at AS "refreshedAt", last_error AS "lastError", refused_since AS "refusedSince",
   hook_settings AS "hookSettings"`,
);

/** How long a replica that asks a server has for that, in s; after that another one asks. */
const lease = 30;

/** Servers that say by themselves which hooks they have. All times are the database's. */
@Injectable()
export class HookServersStore {
  constructor(private readonly database: Database) {}

  async list(applicationId: string): Promise<StoredHookServer[]> {
    const rows = await this.database.client.hookServer.findMany({
      where: { applicationId },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map(fromRow);
  }

  async find(applicationId: string, id: string): Promise<StoredHookServer | null> {
    const row = await this.database.client.hookServer.findUnique({ where: { applicationId, id } });
    return row && fromRow(row);
  }

  async lock(transaction: Transaction, applicationId: string, id: string): Promise<StoredHookServer | null> {
    const [row] = await transaction.$queryRaw<HookServerRow[]>`
      SELECT ${columns} FROM hook_engine.hook_server
      WHERE id = ${id}::uuid AND application_id = ${applicationId} FOR UPDATE`;
    return row === undefined ? null : fromRow(row);
  }

  count(transaction: Transaction, applicationId: string): Promise<number> {
    return transaction.hookServer.count({ where: { applicationId } });
  }

  /** Whoever inserts it asks it; should that process end before, another one does after a while. */
  async insert(
    transaction: Transaction,
    id: string,
    applicationId: string,
    settings: HookServerSettings,
  ): Promise<void> {
    const dueAt = new Date(Date.now() + lease * 1_000);
    await transaction.hookServer.create({ data: { id, applicationId, ...settings, dueAt } });
  }

  /** What was found out with other settings counts no more. */
  async update(
    transaction: Transaction,
    id: string,
    settings: HookServerSettings,
  ): Promise<StoredHookServer> {
    const data = { ...settings, attempt: { increment: 1 }, refusedSince: null };
    return fromRow(await transaction.hookServer.update({ where: { id }, data }));
  }

  /** What was found out with the former ones is written no more: it would bring them back. */
  async setHookSettings(
    transaction: Transaction,
    id: string,
    settings: SettingsByHook,
  ): Promise<StoredHookServer> {
    const data = { hookSettings: JSON.stringify(settings), attempt: { increment: 1 } };
    return fromRow(await transaction.hookServer.update({ where: { id }, data }));
  }

  /** With its hooks. @returns whether there was one */
  async delete(transaction: Transaction, applicationId: string, id: string): Promise<boolean> {
    const { count } = await transaction.hookServer.deleteMany({ where: { applicationId, id } });
    return count === 1;
  }

  /** Of one application. @returns how many there were */
  async deleteAll(transaction: Transaction, applicationId: string): Promise<number> {
    const { count } = await transaction.hookServer.deleteMany({ where: { applicationId } });
    return count;
  }

  /** To ask one now. */
  async claim(id: string): Promise<StoredHookServer | null> {
    const [row] = await this.database.client.$queryRaw<HookServerRow[]>`
      UPDATE hook_engine.hook_server
      SET attempt = attempt + 1, due_at = now() + ${lease} * interval '1 second'
      WHERE id = ${id}::uuid RETURNING ${columns}`;
    return row === undefined ? null : fromRow(row);
  }

  /** To ask those whose time has come; none is given to two replicas. */
  async claimDue(limit: number): Promise<StoredHookServer[]> {
    const rows = await this.database.client.$queryRaw<HookServerRow[]>`
      UPDATE hook_engine.hook_server
      SET attempt = attempt + 1, due_at = now() + ${lease} * interval '1 second'
      WHERE id = ANY (ARRAY(
        SELECT id FROM hook_engine.hook_server WHERE due_at <= now()
        ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )) RETURNING ${columns}`;
    return rows.map(fromRow);
  }

  /**
   * What the claimed server said, or why it did not; what it said before stays then.
   *
   * @param wait until it is asked again, in ms
   * @returns false when it was claimed or changed since: then nothing is written
   */
  async record(
    { id, attempt }: Pick<StoredHookServer, 'id' | 'attempt'>,
    finding: HookServerFinding,
    wait: number,
    client: Pick<Transaction, '$executeRaw'> = this.database.client,
  ): Promise<boolean> {
    const due = Prisma.sql`due_at = now() + ${wait} * interval '1 millisecond'`;
    const found =
      'lastError' in finding
        ? Prisma.sql`last_error = ${finding.lastError}`
        : Prisma.sql`last_error = NULL, refreshed_at = now(), functions = ${finding.functions}::text[],
            wants_legacy_sign = ${finding.wantsLegacySign}, runtime = ${finding.runtime}, version = ${finding.version}`;
    const count = await client.$executeRaw`
      UPDATE hook_engine.hook_server SET ${due}, ${found} WHERE id = ${id}::uuid AND attempt = ${attempt}`;
    return count === 1;
  }

  /** It was not asked, and will be after `wait` ms. @returns as `record` */
  async postpone({ id, attempt }: Pick<StoredHookServer, 'id' | 'attempt'>, wait: number): Promise<boolean> {
    const count = await this.database.client.$executeRaw`
      UPDATE hook_engine.hook_server SET due_at = now() + ${wait} * interval '1 millisecond'
      WHERE id = ${id}::uuid AND attempt = ${attempt}`;
    return count === 1;
  }

  /** What its hooks have as their secret, all of them the same; null: it has none. */
  async sealedAccess(transaction: Transaction, serverId: string): Promise<string | null> {
    const hook = await transaction.hook.findFirst({ select: { secretSealed: true }, where: { serverId } });
    return hook?.secretSealed ?? null;
  }

  /** Makes these the hooks of a server; those that stay keep what else is known of them. */
  async setHooks(transaction: Transaction, serverId: string, hooks: readonly ServerHook[]): Promise<void> {
    await transaction.hook.deleteMany({ where: { serverId, id: { notIn: hooks.map(({ id }) => id) } } });
    for (const { id, ...hook } of hooks) {
      const settings = { ...hook, kinds: [...hook.kinds], attribute: JSON.stringify(hook.attribute) };
      await transaction.hook.upsert({
        where: { id },
        create: { ...settings, id, serverId },
        update: settings,
      });
    }
  }

  /** @returns whether that is new */
  async setRefused(id: string, isRefused: boolean): Promise<boolean> {
    const { count } = await this.database.client.hookServer.updateMany({
      where: { id, refusedSince: isRefused ? null : { not: null } },
      data: { refusedSince: isRefused ? new Date() : null },
    });
    return count === 1;
  }
}

function fromRow(row: HookServerRow): StoredHookServer {
  return {
    ...row,
    failurePolicy: failurePolicy.parse(row.failurePolicy),
    lastError: hookServerError.nullable().parse(row.lastError),
    hookSettings: settingsByHook.parse(JSON.parse(row.hookSettings)),
  };
}
