import { Injectable } from '@nestjs/common';
import type { HookName } from '#contracts/hooks/names.js';
import { HooksStore, type StoredHook } from '../store/hooks.store.js';
import { RegistryStore } from '../store/registry.store.js';

interface Kept {
  readonly version: number;
  readonly hooks: readonly StoredHook[];
}

const mostApplications = 10_000;

/**
 * The enabled hooks of applications, kept in memory. Whoever asks says which version of the registry it goes by; what is
 * kept serves it when it is not older. A registration is answered when nobody goes by an older version any more
 * (ADR 10), so no operation that begins afterwards is served without it.
 */
@Injectable()
export class KnownHooks {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly hooks: HooksStore,
    private readonly registry: RegistryStore,
  ) {}

  /**
   * In the order in which they are called.
   *
   * @param version what the asker goes by; null: it cannot say, and the hooks are those of this moment
   */
  async of(applicationId: string, name: HookName, version: number | null): Promise<readonly StoredHook[]> {
    const kept = this.kept.get(applicationId);
    const isCurrent = kept !== undefined && version !== null && kept.version >= version;
    const { hooks } = isCurrent ? kept : await this.read(applicationId);
    return hooks.filter((hook) => hook.name === name);
  }

  private async read(applicationId: string): Promise<Kept> {
    // The version first: what is read afterwards is as new as that, or newer.
    const version = await this.registry.version();
    const hooks = await this.hooks.enabledOf([applicationId]);
    const read = { version, hooks };
    // A slow reader must not put back what is older.
    if ((this.kept.get(applicationId)?.version ?? -1) <= version) this.keep(applicationId, read);
    return read;
  }

  private keep(applicationId: string, read: Kept): void {
    this.kept.set(applicationId, read);
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostApplications && oldest !== undefined) this.kept.delete(oldest);
  }
}
