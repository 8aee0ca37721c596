import { Injectable } from '@nestjs/common';
import type { HookCircuit } from '#contracts/hooks/registration.js';
import type { HookRequest } from '#contracts/hooks/requests.js';
import { HookCaller } from '../caller/hook-caller.port.js';
import type { StoredHook } from '../store/hooks.store.js';
import { HookGuard, type Called } from './hook-guard.port.js';

type Request = Pick<HookRequest, 'id' | 'hook'> & { readonly conversation?: { readonly id: string } };

/** Guards of hooks that were not called for long are forgotten from this number on. */
const mostGuards = 10_000;
const circuitClosed: HookCircuit = { state: 'closed', retryAt: null };

/** Calls hooks, as many at once as each of them takes, and none whose server is away. */
@Injectable()
export class HookCalls {
  /** In the order of their last calls. With another address a hook begins anew. */
  private readonly guards = new Map<string, { readonly url: string; readonly guard: HookGuard }>();

  constructor(private readonly caller: HookCaller) {}

  /**
   * Asks a hook what it says.
   *
   * @param timeout in ms of running time, waiting for others included
   * @param read what the answer, a JSON value, means; null when it means nothing
   */
  ask<Answer extends { readonly kind: string }>(
    hook: StoredHook,
    request: Request,
    { timeout, read }: { readonly timeout: number; readonly read: (value: unknown) => Answer | null },
  ): Promise<Called<Answer>> {
    const { concurrency, deadline } = hook;
    return this.guardOf(hook).pass({ concurrency, deadline, timeout }, (left) =>
      this.caller.ask(hook, request, { timeout: left, read }),
    );
  }

  /** What the hook says is ignored. */
  tell(hook: StoredHook, request: Request): Promise<Called<null>> {
    const { concurrency, deadline } = hook;
    return this.guardOf(hook).pass({ concurrency, deadline, timeout: deadline }, (left) =>
      this.caller.tell(hook, request, left),
    );
  }

  /** As this process has found it. */
  circuitOf({ id, url }: Pick<StoredHook, 'id' | 'url'>): HookCircuit {
    const known = this.guards.get(id);
    return known?.url === url ? known.guard.circuit : circuitClosed;
  }

  private guardOf({ id, url }: StoredHook): HookGuard {
    const known = this.guards.get(id);
    const guard = known?.url === url ? known.guard : new HookGuard();
    this.guards.delete(id);
    this.guards.set(id, { url, guard });
    const [oldest] = this.guards.keys();
    if (this.guards.size > mostGuards && oldest !== undefined) this.guards.delete(oldest);
    return guard;
  }
}
