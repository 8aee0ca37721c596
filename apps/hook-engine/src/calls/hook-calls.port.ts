import { Injectable } from '@nestjs/common';
import type { HookCircuit } from '#contracts/hooks/registration.js';
import type { HookRequest } from '#contracts/hooks/requests.js';
import { HookCaller } from '../caller/hook-caller.port.js';
import { HookRuns } from '../runs/hook-runs.port.js';
import type { StoredHook } from '../store/hooks.store.js';
import { ApplicationSlots } from './application-slots.js';
import { HookMetrics } from './hook-metrics.js';
import { HookGuard, type Called } from './hook-guard.port.js';

type Request = Pick<HookRequest, 'id' | 'hook'> & { readonly conversation?: { readonly id: string } };

interface Asking<Answer> {
  readonly timeout: number;
  readonly read: (value: unknown) => Answer | null;
  readonly isDryRun?: boolean;
}

type Access = Pick<StoredHook, 'id' | 'url' | 'secretSealed'>;
/** With another address, secret or credentials a hook begins anew. */
type Guarded = Omit<Access, 'id'> & { readonly guard: HookGuard };

/** Guards of hooks that were not called for long are forgotten from this number on. */
const mostGuards = 10_000;
const circuitClosed: HookCircuit = { state: 'closed', retryAt: null };

/** Calls hooks, as many at once as each of them takes, and none whose server is away. */
@Injectable()
export class HookCalls {
  /** In the order of their last calls. */
  private readonly guards = new Map<string, Guarded>();
  private readonly applications = new ApplicationSlots();

  constructor(
    private readonly caller: HookCaller,
    private readonly runs: HookRuns,
    private readonly metrics: HookMetrics,
  ) {}

  /**
   * Asks a hook what it says.
   *
   * @param timeout in ms of running time, waiting for others included
   * @param read what the answer, a JSON value, means; null when it means nothing
   */
  ask<Answer extends { readonly kind: string }>(
    hook: StoredHook,
    request: Request,
    { timeout, read, isDryRun = false }: Asking<Answer>,
  ): Promise<Called<Answer>> {
    return this.recorded({ hook, request, isDryRun, nameOf: ({ kind }: Answer) => kind }, () =>
      this.guarded({ hook, timeout, isDryRun }, (left) =>
        this.caller.ask(hook, request, { timeout: left, read, isDryRun }),
      ),
    );
  }

  /** What the hook says is ignored. */
  tell(
    hook: StoredHook,
    request: Request,
    { isDryRun = false }: { readonly isDryRun?: boolean } = {},
  ): Promise<Called<null>> {
    return this.recorded({ hook, request, isDryRun, nameOf: () => 'heard' }, () =>
      this.guarded({ hook, timeout: hook.deadline, isDryRun }, (left) =>
        this.caller.tell(hook, request, { timeout: left, isDryRun }),
      ),
    );
  }

  /** A dry run is made whatever the hook's state is, and does not change it. */
  private guarded<Answer>(
    { hook, timeout, isDryRun }: { hook: StoredHook; timeout: number; isDryRun: boolean },
    call: (timeout: number) => Promise<Called<Answer>>,
  ): Promise<Called<Answer>> {
    const { applicationId, concurrency, deadline, mode } = hook;
    const share = this.applications.shareOf(applicationId, mode);
    return isDryRun
      ? call(timeout)
      : this.guardOf(hook).pass({ concurrency, share, deadline, timeout }, call);
  }

  private async recorded<Answer>(
    {
      hook,
      request,
      isDryRun,
      nameOf,
    }: { hook: StoredHook; request: Request; isDryRun: boolean; nameOf: (answer: Answer) => string },
    call: () => Promise<Called<Answer>>,
  ): Promise<Called<Answer>> {
    const startedAt = Date.now();
    const result = await call();
    const { duration, exchange } = result;
    const failed = result.kind === 'failed';
    const outcome = failed ? result.failure : nameOf(result.answer);
    this.runs.add(hook, { request, exchange, startedAt, duration, outcome, failed, isDryRun });
    if (!isDryRun) this.metrics.count(hook, outcome, result);
    return result;
  }

  /** As this process has found it. */
  circuitOf(hook: Access): HookCircuit {
    return this.known(hook)?.circuit ?? circuitClosed;
  }

  private known({ id, url, secretSealed }: Access): HookGuard | undefined {
    const found = this.guards.get(id);
    return found?.url === url && found.secretSealed === secretSealed ? found.guard : undefined;
  }

  private guardOf(hook: Access): HookGuard {
    const { id, url, secretSealed } = hook;
    const guard = this.known(hook) ?? new HookGuard();
    this.guards.delete(id);
    this.guards.set(id, { url, secretSealed, guard });
    const [oldest] = this.guards.keys();
    if (this.guards.size > mostGuards && oldest !== undefined) this.guards.delete(oldest);
    return guard;
  }
}
