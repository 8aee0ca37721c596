import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { BlockingHookName } from '#contracts/hooks/names.js';
import { AppendStore } from '../store/append.store.js';
import { OncePerKey, type AskedOnce } from '../store/once-per-key.js';
import { OperationHooks } from './operation-hooks.port.js';

/** What became of the question to the hooks. */
type Answer =
  | { readonly kind: 'deliver' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

interface Dropped {
  readonly outcome: 'dropped';
}
interface Rejected {
  readonly outcome: 'rejected';
  readonly code: number;
  readonly detail: string;
}
/** What hooks have refused: remembered under the key in place of an outcome of the operation. */
export type Refused = Dropped | Rejected;

interface Hooked<Some extends Answer, Outcome> {
  /**
   * Finds out whether it can be done at all, for nobody makes hooks run by what it may not do; then asks. Not inside a
   * transaction.
   *
   * @returns null when there is nothing to ask about
   */
  readonly ask: () => Promise<Some | null>;
  /**
   * Does it once per key, after checking again what may have changed in the seconds that hooks may take.
   *
   * @param passed null when no hook was asked
   */
  readonly act: (passed: Extract<Some, { kind: 'deliver' }> | null) => Promise<Outcome | Refused>;
}

/**
 * The way of every operation that hooks decide about: was its key answered before? -> may it be done? -> hooks -> may it
 * still be done? -> it is done or refused, which is remembered under the key. So a repeated key asks no hook again.
 */
@Injectable()
export class HookedOperations {
  constructor(
    private readonly hooks: OperationHooks,
    private readonly once: OncePerKey,
    private readonly appends: AppendStore,
  ) {}

  /** @throws HooklineError rejected_by_hook, hook_engine_unavailable, idempotency_key_reused, what `ask` and `act` throw */
  async run<Some extends Answer, Outcome>(
    name: BlockingHookName,
    asked: AskedOnce,
    operation: Hooked<Some, Outcome>,
  ): Promise<Outcome | Dropped> {
    const isConcerned = await this.hooks.concern(asked.applicationId, name);
    const outcome = await (isConcerned ? this.askFirst(asked, operation) : operation.act(null));
    if (!isRejected(outcome)) return outcome;
    const { code, detail } = outcome;
    throw new HooklineError('rejected_by_hook', detail, { hook: { code, detail } });
  }

  private async askFirst<Some extends Answer, Outcome>(
    asked: AskedOnce,
    { ask, act }: Hooked<Some, Outcome>,
  ): Promise<Outcome | Refused> {
    const before = await this.once.answered<Outcome | Refused>(asked);
    if (before !== null) return before;
    let answer: Some | null;
    try {
      answer = await ask();
    } catch (error) {
      // Another request with the key may have been faster: then it is done already, and for that refused.
      const first = await this.once.answered<Outcome | Refused>(asked);
      if (first === null) throw error;
      return first;
    }
    if (answer?.kind === 'drop') return this.remember<Outcome>(asked, { outcome: 'dropped' });
    if (answer?.kind === 'reject') {
      const { code, detail } = answer;
      return this.remember<Outcome>(asked, { outcome: 'rejected', code, detail });
    }
    return act(answer as Extract<Some, { kind: 'deliver' }> | null);
  }

  /** @returns the first outcome of the key, if another request was faster */
  private remember<Outcome>(asked: AskedOnce, refused: Refused): Promise<Outcome | Refused> {
    return this.appends.transaction((transaction) =>
      this.once.run<Outcome | Refused>(transaction, asked, () => Promise.resolve(refused)),
    );
  }
}

/** Something would be done now about which no hook was asked, because it was not to be done then. */
export function changedMeanwhile(): HooklineError {
  return new HooklineError(
    'service_unavailable',
    'The conversation has changed meanwhile; repeat the request',
  );
}

function isRejected(outcome: unknown): outcome is Rejected {
  return (outcome as Partial<Rejected>).outcome === 'rejected';
}
