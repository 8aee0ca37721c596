import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import { HooklineError } from '#contracts/errors.js';
import { describeHooks, hookRegistryLease, renewHookRegistry } from '#contracts/hooks/registry.js';
import { type HookName } from '#contracts/hooks/names.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';
import { PatientLog } from '#platform/patient-log.js';

interface Known {
  readonly names: ReadonlySet<HookName>;
  /** Of which some hook has an attribute filter. */
  readonly filtered: ReadonlySet<HookName>;
}

/**
 * Knows which applications have hooks of which names, without a hop per operation. The copy may be
 * trusted for `hookRegistryLease` from the moment when its renewal was *asked* for; a replica that was paused or cut off
 * finds its copy void and asks. Each answer carries the registry's version: a newer one voids everything older.
 */
@Injectable()
export class HookRegistry implements OnModuleInit, OnModuleDestroy {
  readonly replica = uuidv4();
  private readonly known = new Map<string, Known>();
  private version = -1;
  private validUntil = 0;
  private renewal: NodeJS.Timeout | undefined;
  private readonly log: PatientLog;

  constructor(
    private readonly bus: Bus,
    log: Log,
  ) {
    this.log = new PatientLog(log);
  }

  async onModuleInit(): Promise<void> {
    this.renewal = setInterval(() => void this.renew(), hookRegistryLease / 3);
    await this.renew();
  }

  onModuleDestroy(): void {
    clearInterval(this.renewal);
  }

  /**
   * Has this application such hooks, for which its operations must wait, or which are to be told?
   *
   * @throws HooklineError hook_engine_unavailable when that cannot be known: moderation is never skipped because one of
   *   our own processes is away
   */
  async has(applicationId: string, hook: HookName): Promise<boolean> {
    const { names } = this.recall(applicationId) ?? (await this.ask(applicationId));
    return names.has(hook);
  }

  /**
   * As `has`, for what must not wait: at once, and true when it is not known at the moment. Where it can be known soon it is
   * found out meanwhile.
   */
  mayHave(applicationId: string, hook: HookName): boolean {
    return this.recallOrAsk(applicationId)?.names.has(hook) ?? true;
  }

  /** As `mayHave`: is some such hook to be called about conversations with a certain attribute only? */
  mayFilter(applicationId: string, hook: HookName): boolean {
    return this.recallOrAsk(applicationId)?.filtered.has(hook) ?? true;
  }

  /** The registry's version as far as it may be trusted just now; undefined: it may not. */
  get trustedVersion(): number | undefined {
    return this.isValid ? this.version : undefined;
  }

  /** A registration was committed: forget what is older. */
  changed(version: number): void {
    this.learn(version);
  }

  private get isValid(): boolean {
    return performance.now() < this.validUntil;
  }

  private recall(applicationId: string): Known | undefined {
    return this.isValid ? this.known.get(applicationId) : undefined;
  }

  private recallOrAsk(applicationId: string): Known | undefined {
    const known = this.recall(applicationId);
    if (known === undefined && this.isValid) void this.ask(applicationId).catch(() => undefined);
    return known;
  }

  /** @throws HooklineError hook_engine_unavailable */
  private async ask(applicationId: string): Promise<Known> {
    const answer = await this.bus.ask(describeHooks, { applicationId }).catch((error: unknown) => {
      throw error instanceof HooklineError ? new HooklineError('hook_engine_unavailable') : error;
    });
    this.learn(answer.version);
    const known = { names: new Set(answer.names), filtered: new Set(answer.filtered) };
    // An answer that was on its way while a newer version was announced may be used once, but not kept.
    if (answer.version === this.version) this.known.set(applicationId, known);
    return known;
  }

  private learn(version: number): void {
    if (version <= this.version) return;
    this.version = version;
    this.known.clear();
  }

  private async renew(): Promise<void> {
    const asked = performance.now();
    try {
      const { version } = await this.bus.ask(renewHookRegistry, { replica: this.replica });
      this.log.succeeded();
      // An older version than ours was read before a registration that we know of: it proves nothing.
      if (version < this.version) return;
      this.learn(version);
      this.validUntil = asked + hookRegistryLease;
    } catch (error) {
      this.log.failed({ reason: String(error) }, 'the hook registry could not be renewed', asked);
    }
  }
}
