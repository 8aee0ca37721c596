import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { BlockingHookName } from '#contracts/hooks/names.js';
import type { VerdictOf } from '#contracts/hooks/run.js';
import { Bus, type BusCall } from '#platform/bus/bus.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';
import { HookContextStore, type HookContext } from '../store/hook-context.store.js';
import { HookRegistry } from './hook-registry.port.js';

type Verdict = VerdictOf<BlockingHookName>;
/** What the hooks decided, when none of them failed and aborted. */
export type Decided<Some extends Verdict> = Exclude<Some, { kind: 'abort' }>;

interface Question<Request> {
  commandId: string;
  hookFailure: 'continue' | 'abort';
  registryVersion?: number | undefined;
  request: Request;
}

interface AboutConversation {
  applicationId: string;
  timestamp: number;
  conversation: { id: string; kind: string; attributes?: unknown };
}

/** Asks the hooks that an operation has to wait for. Call it before the transaction: an answer may take seconds. */
@Injectable()
export class OperationHooks {
  constructor(
    private readonly registry: HookRegistry,
    private readonly contexts: HookContextStore,
    private readonly bus: Bus,
  ) {}

  /** No registered hook costs no hop. @throws HooklineError hook_engine_unavailable */
  concern(applicationId: string, name: BlockingHookName): Promise<boolean> {
    return this.registry.has(applicationId, name);
  }

  /**
   * @param run one of `runHooks`
   * @param request without what is the same in every question
   * @param commandId identifies the operation, so that a repetition inside the platform makes the same calls
   * @param known the context, when it was read already
   * @throws HooklineError when a hook fails and aborts (hook_failed), or hook-engine does not answer
   *   (hook_engine_unavailable)
   */
  async ask<Request extends AboutConversation, Some extends Verdict>(
    run: BusCall<Question<Request>, Some>,
    request: Omit<Request, 'timestamp'>,
    commandId: string = timeOrderedId(),
    known?: HookContext | null,
  ): Promise<Decided<Some>> {
    const { applicationId, conversation } = request;
    const context = known === undefined ? await this.contexts.find(applicationId, conversation.id) : known;
    if (context === null) throw new HooklineError('application_not_found');
    const { hookFailure, attributes } = context;
    const shown = attributes === null ? conversation : { ...conversation, attributes };
    const verdict = await this.bus
      .ask(run, {
        commandId,
        hookFailure,
        registryVersion: this.registry.trustedVersion,
        request: { ...request, timestamp: Date.now(), conversation: shown } as Request,
      })
      .catch((error: unknown) => {
        throw error instanceof HooklineError ? new HooklineError('hook_engine_unavailable') : error;
      });
    if (verdict.kind === 'abort') throw new HooklineError('hook_failed', `A hook failed: ${verdict.failure}`);
    return verdict as Decided<Some>;
  }
}
