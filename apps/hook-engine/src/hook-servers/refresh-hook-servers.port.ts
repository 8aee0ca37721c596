import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { HookServerReports } from './hook-server-reports.js';
import { RefreshHookServer } from './refresh-hook-server.js';
import { Refusals } from './refusals.js';
import { HookServersStore } from '../store/hook-servers.store.js';

/** How often it is looked whose time has come, in ms. */
const interval = 5_000;
const atOnce = 10;
/** A server whose calls are answered 404 is not asked again within this, in ms. */
const quietPeriod = 1_000;

interface CalledServer {
  readonly applicationId: string;
  readonly serverId: string;
}

/** Asks every hook server again and again which hooks it has, and sooner when a call tells that this has changed. */
@Injectable()
export class RefreshHookServers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  /** Those that are asked because of a call. */
  private readonly asking = new Set<string>();
  private readonly refusals = new Refusals();

  constructor(
    private readonly servers: HookServersStore,
    private readonly refresh: RefreshHookServer,
    private readonly reports: HookServerReports,
    private readonly log: Log,
  ) {
    this.periodic = new Periodic('hook servers', interval, () => this.refreshDue(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  /** What a server has answered to a hook's call. Returns at once. */
  heard(server: CalledServer, status: number): void {
    const isRefused = status === 401;
    if (isRefused) this.reports.refused(server, 'call');
    if (status === 404) this.askSoon(server.serverId);
    if (status !== 200 && !isRefused) return;
    if (this.refusals.hear(server.serverId, isRefused, performance.now()))
      this.inBackground(server.serverId, this.noteRefusal(server, isRefused));
  }

  private async noteRefusal(server: CalledServer, isRefused: boolean): Promise<void> {
    const isNew = await this.servers.setRefused(server.serverId, isRefused);
    if (isNew) this.reports.refusalChanged(server, isRefused);
  }

  private askSoon(serverId: string): void {
    if (this.asking.has(serverId)) return;
    this.asking.add(serverId);
    this.inBackground(
      serverId,
      this.refresh.once(serverId).finally(() => {
        setTimeout(() => this.asking.delete(serverId), quietPeriod).unref();
      }),
    );
  }

  private async refreshDue(): Promise<void> {
    for (;;) {
      const claimed = await this.servers.claimDue(atOnce);
      await Promise.all(
        claimed.map((server) =>
          // What is wrong with one is nothing to the others.
          this.refresh.claimed(server).catch((error: unknown) => {
            this.log.error({ serverId: server.id, error }, 'a hook server could not be refreshed');
          }),
        ),
      );
      if (claimed.length < atOnce) return;
    }
  }

  private inBackground(serverId: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.refusals.forget(serverId);
      this.log.warn({ serverId, reason: String(error) }, 'the state of a hook server could not be noted');
    });
  }
}
