import { sameRecipients } from './recipients.js';

/**
 * What one hook says to a proposal: what an operation is about to do, as the hooks before it have made it. A rewrite
 * replaces what it names and keeps the rest.
 */
export type HookAnswer<Proposal> =
  | { readonly kind: 'pass' }
  | { readonly kind: 'rewrite'; readonly changes: Partial<Proposal> }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

/**
 * What the hooks have decided together, so far and in the end:
 *
 *     deliver --pass-----> deliver, untouched
 *             --rewrite--> deliver, rewritten: this is what the next hook sees
 *             --drop-----> drop     nobody sees anything
 *             --reject---> reject   nobody sees anything, and the sender learns why
 *             --failure--> deliver  when its policy is to continue
 *                      or  abort    when it is to abort: nothing is stored
 *
 * Only `deliver` is open. The other three are final: no further hook is asked, and none could change them.
 */
export type Verdict<Proposal> = Delivery<Proposal> | Refusal;

export interface Delivery<Proposal> {
  readonly kind: 'deliver';
  readonly proposal: Proposal;
  /** The hooks that changed something, in the order in which they did. */
  readonly hookIds: readonly string[];
}

type Refusal =
  | { readonly kind: 'drop'; readonly hookId: string }
  | { readonly kind: 'reject'; readonly hookId: string; readonly code: number; readonly detail: string }
  | { readonly kind: 'abort'; readonly hookId: string; readonly failure: string };

/** What a failing hook does to the operation. */
export type FailurePolicy = 'continue' | 'abort';

/** Before the first hook: everything is done as it was asked. */
export function propose<Proposal>(proposal: Proposal): Verdict<Proposal> {
  return { kind: 'deliver', proposal, hookIds: [] };
}

export function applyAnswer<Proposal extends object>(
  verdict: Verdict<Proposal>,
  hookId: string,
  answer: HookAnswer<Proposal>,
): Verdict<Proposal> {
  if (verdict.kind !== 'deliver') return verdict;
  switch (answer.kind) {
    case 'pass':
      return verdict;
    case 'rewrite':
      return rewrite(verdict, hookId, answer.changes);
    case 'drop':
      return { kind: 'drop', hookId };
    case 'reject':
      return { kind: 'reject', hookId, code: answer.code, detail: answer.detail };
  }
}

/** `failure` names what went wrong, for the log and the caller: never content, never an address. */
export function applyFailure<Proposal>(
  verdict: Verdict<Proposal>,
  hookId: string,
  failure: string,
  policy: FailurePolicy,
): Verdict<Proposal> {
  if (verdict.kind !== 'deliver') return verdict;
  switch (policy) {
    case 'continue':
      return verdict;
    case 'abort':
      return { kind: 'abort', hookId, failure };
  }
}

/** A hook that repeats what it was shown has changed nothing, and is not named to the sender. */
function rewrite<Proposal extends object>(
  delivery: Delivery<Proposal>,
  hookId: string,
  changes: Partial<Proposal>,
): Delivery<Proposal> {
  const { proposal, hookIds } = delivery;
  const names = Object.keys(changes) as (keyof Proposal & string)[];
  const different = names.filter((name) => !isSame(name, changes[name], proposal[name]));
  if (different.length === 0) return delivery;
  const changed = Object.fromEntries(different.map((name) => [name, changes[name]])) as Partial<Proposal>;
  return { kind: 'deliver', proposal: { ...proposal, ...changed }, hookIds: [...hookIds, hookId] };
}

/** Values are JSON, and the same when they would be stored as the same compact text; recipients are a set. */
function isSame(name: string, one: unknown, other: unknown): boolean {
  if (name === 'recipients') return sameRecipients(one as string[], other as string[]);
  return JSON.stringify(one) === JSON.stringify(other);
}
