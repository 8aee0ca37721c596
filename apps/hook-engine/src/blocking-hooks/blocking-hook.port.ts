import type { z } from 'zod';
import type { BlockingHookName } from '#contracts/hooks/names.js';
import type { Origin } from '#contracts/event.js';
import type { HookAnswer } from '#domain/hooks/verdict.js';

/** What every question to hooks has. */
export interface AskedOfHooks {
  readonly applicationId: string;
  readonly timestamp: number;
  readonly conversation: { readonly id: string; readonly kind: string };
  readonly origin: Origin;
}

/** How one name of hook works: what is proposed, what each hook is shown of it, and what its answer makes of it. */
export interface BlockingHook<Asked extends AskedOfHooks, Answer, Proposal extends object> {
  readonly name: BlockingHookName;
  readonly answer: z.ZodType<Answer>;
  readonly propose: (asked: Asked) => Proposal;
  /** What was asked, as the hooks before have made it. */
  readonly show: (asked: Asked, proposal: Proposal) => Asked;
  /** @returns null when the answer has the right form, and yet cannot be done: the hook fails by `invalid_answer` then */
  readonly read: (answer: Answer, shown: Asked) => HookAnswer<Proposal> | null;
}
