import { Injectable } from '@nestjs/common';
import type { HookServerError } from '#contracts/hooks/servers.js';
import { limits } from '#contracts/limits.js';
import { isOwnFailure } from '#platform/outgoing/outgoing-failure.js';
import { Sealing } from '#platform/security/sealing.js';
import { EngineDiscovery } from '../leanengine/engine-discovery.port.js';
import {
  HookServersStore,
  type HookServerFacts,
  type HookServerFinding,
  type StoredHookServer,
} from '../store/hook-servers.store.js';
import { credentialsOf } from './hook-server-view.js';
import { ChangeHookServers } from './change-hook-servers.js';
import { HookServerReports } from './hook-server-reports.js';

/** When a server is asked again whose question failed on our side, in ms. */
const afterOwnFailure = 1_000;
/** A question that was overtaken by another one is asked again, but not for ever. */
const attempts = 3;

/** Asks one hook server which hooks it has, and makes them known. */
@Injectable()
export class RefreshHookServer {
  constructor(
    private readonly servers: HookServersStore,
    private readonly change: ChangeHookServers,
    private readonly discovery: EngineDiscovery,
    private readonly sealing: Sealing,
    private readonly reports: HookServerReports,
  ) {}

  /** Resolves when its hooks are known everywhere, or when it could not be asked. */
  async now(serverId: string): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt += 1) if (await this.once(serverId)) return;
  }

  /** @returns as `claimed` */
  async once(serverId: string): Promise<boolean> {
    const server = await this.servers.claim(serverId);
    return server === null || this.claimed(server);
  }

  /** @returns false when it was asked or changed by others meanwhile, so that what was found out counts no more */
  async claimed(server: StoredHookServer): Promise<boolean> {
    const found = await this.discovery.discover(server.url, credentialsOf(this.sealing, server));
    if (typeof found === 'string')
      return isOwnFailure(found)
        ? this.servers.postpone(server, afterOwnFailure)
        : this.failed(server, { lastError: found });
    const { wantsLegacySign, ...said } = found;
    const facts = { ...said, wantsLegacySign: wantsLegacySign ?? server.wantsLegacySign };
    const isWritten = await (isSame(server, facts) ? this.servers : this.change).record(
      server,
      facts,
      wait(),
    );
    if (isWritten) this.report(server, null);
    return isWritten;
  }

  private async failed(
    server: StoredHookServer,
    finding: Extract<HookServerFinding, { lastError: unknown }>,
  ): Promise<boolean> {
    const { applicationId, id: serverId } = server;
    if (finding.lastError === 'unauthorized') this.reports.refused({ applicationId, serverId }, 'discovery');
    const isWritten = await this.servers.record(server, finding, wait());
    if (isWritten) this.report(server, finding.lastError);
    return isWritten;
  }

  /** Once for each change, by whoever has written it down. */
  private report(
    { applicationId, id: serverId, lastError }: StoredHookServer,
    failure: HookServerError | null,
  ): void {
    if (lastError !== failure) this.reports.discoveryChanged({ applicationId, serverId }, failure);
  }
}

function isSame(server: StoredHookServer, { functions, wantsLegacySign }: HookServerFacts): boolean {
  return (
    server.wantsLegacySign === wantsLegacySign &&
    JSON.stringify(server.functions) === JSON.stringify(functions)
  );
}

/** Replicas and servers do not fall into step. */
function wait(): number {
  return Math.round(limits.hookServerRefresh * (0.8 + 0.4 * Math.random()));
}
