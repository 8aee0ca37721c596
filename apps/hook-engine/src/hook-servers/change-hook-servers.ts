import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { IdempotentWork } from '#platform/idempotency/idempotent-requests.js';
import { IdempotencyConflict } from '#platform/idempotency/idempotent-requests.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import {
  HookServersStore,
  type HookServerFacts,
  type HookServerSettings,
  type StoredHookServer,
} from '../store/hook-servers.store.js';
import { RegistryStore } from '../store/registry.store.js';
import { ServerHooks } from './server-hooks.js';
import { limits } from '#contracts/limits.js';

type Once = Pick<IdempotentWork, 'applicationId' | 'request' | 'fingerprint'>;

/** Changes of hook servers that change hooks: each resolves when everybody who may trust an older copy knows it. */
@Injectable()
export class ChangeHookServers {
  constructor(
    private readonly servers: HookServersStore,
    private readonly hooks: ServerHooks,
    private readonly registry: RegistryStore,
    private readonly announcement: RegistryChange,
  ) {}

  /** It has no hooks yet. @returns its id @throws HooklineError too_many_hook_servers, idempotency_key_reused */
  create(once: Once, id: string, settings: HookServerSettings): Promise<string> {
    const { applicationId } = once;
    return this.once(once, async (transaction) => {
      const count = await this.servers.count(transaction, applicationId);
      if (count >= limits.hookServersPerApplication) throw new HooklineError('too_many_hook_servers');
      await this.servers.insert(transaction, id, applicationId, settings);
      return id;
    });
  }

  /** @throws HooklineError hook_server_not_found, idempotency_key_reused */
  async update(
    once: Once,
    id: string,
    change: (server: StoredHookServer) => HookServerSettings,
  ): Promise<void> {
    await this.once(once, async (transaction) => {
      const server = await this.servers.lock(transaction, once.applicationId, id);
      if (server === null) throw new HooklineError('hook_server_not_found');
      await this.hooks.write(transaction, await this.servers.update(transaction, id, change(server)));
      return id;
    });
  }

  /** @throws HooklineError hook_server_not_found */
  async delete(applicationId: string, id: string): Promise<void> {
    const { version } = await this.registry.change(async (transaction) => {
      const existed = await this.servers.delete(transaction, applicationId, id);
      if (!existed) throw new HooklineError('hook_server_not_found');
    });
    await this.announcement.announce(applicationId, version);
  }

  /** See `HookServersStore.record`. */
  async record(server: StoredHookServer, facts: HookServerFacts, wait: number): Promise<boolean> {
    const { version, outcome } = await this.registry.change(async (transaction) => {
      const isWritten = await this.servers.record(server, facts, wait, transaction);
      if (isWritten) await this.hooks.write(transaction, { ...server, ...facts });
      return isWritten;
    });
    if (outcome) await this.announcement.announce(server.applicationId, version);
    return outcome;
  }

  private async once(
    { applicationId, request, fingerprint }: Once,
    work: Parameters<RegistryStore['changeOnce']>[1],
  ): Promise<string> {
    const retention = limits.idempotencyRetention;
    try {
      const { version, outcome } = await this.registry.changeOnce(
        { applicationId, request, fingerprint, retention },
        work,
      );
      await this.announcement.announce(applicationId, version);
      return outcome as string;
    } catch (error) {
      throw error instanceof IdempotencyConflict ? new HooklineError('idempotency_key_reused') : error;
    }
  }
}
