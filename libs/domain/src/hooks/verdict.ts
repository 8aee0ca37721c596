import { sameRecipients } from './recipients.js';

/** What an operation is about to do; each hook sees what the hooks before it have made of it. */
export interface Proposal<Content> {
  readonly content: Content;
  /** Ids of the users who would get it, without the sender and without repeats. */
  readonly recipients: readonly string[];
}

/** What one hook says to a proposal. A rewrite replaces what it names and keeps the rest. */
export type HookAnswer<Content> =
  | { readonly kind: 'pass' }
  | { readonly kind: 'rewrite'; readonly content?: Content; readonly recipients?: readonly string[] }
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
export type Verdict<Content> = Delivery<Content> | Refusal;

export interface Delivery<Content> extends Proposal<Content> {
  readonly kind: 'deliver';
  /** The hooks that changed something, in the order in which they did. */
  readonly hookIds: readonly string[];
}

type Refusal =
  | { readonly kind: 'drop'; readonly hookId: string }
  | { readonly kind: 'reject'; readonly hookId: string; readonly code: number; readonly detail: string }
  | { readonly kind: 'abort'; readonly hookId: string; readonly failure: string };

/** What a failing hook does to the operation. */
export type FailurePolicy = 'continue' | 'abort';

/** Before the first hook: everything is delivered as it was asked. */
export function propose<Content>({ content, recipients }: Proposal<Content>): Verdict<Content> {
  return { kind: 'deliver', content, recipients, hookIds: [] };
}

export function applyAnswer<Content>(
  verdict: Verdict<Content>,
  hookId: string,
  answer: HookAnswer<Content>,
): Verdict<Content> {
  if (verdict.kind !== 'deliver') return verdict;
  switch (answer.kind) {
    case 'pass':
      return verdict;
    case 'rewrite':
      return rewrite(verdict, hookId, answer);
    case 'drop':
      return { kind: 'drop', hookId };
    case 'reject':
      return { kind: 'reject', hookId, code: answer.code, detail: answer.detail };
  }
}

/** `failure` names what went wrong, for the log and the caller: never content, never an address. */
export function applyFailure<Content>(
  verdict: Verdict<Content>,
  hookId: string,
  failure: string,
  policy: FailurePolicy,
): Verdict<Content> {
  if (verdict.kind !== 'deliver') return verdict;
  switch (policy) {
    case 'continue':
      return verdict;
    case 'abort':
      return { kind: 'abort', hookId, failure };
  }
}

/** A hook that repeats what it was shown has changed nothing, and is not named to the sender. */
function rewrite<Content>(
  delivery: Delivery<Content>,
  hookId: string,
  { content = delivery.content, recipients = delivery.recipients }: Partial<Proposal<Content>>,
): Delivery<Content> {
  const contentStays = sameContent(content, delivery.content);
  const recipientsStay = sameRecipients(recipients, delivery.recipients);
  if (contentStays && recipientsStay) return delivery;
  return {
    kind: 'deliver',
    content: contentStays ? delivery.content : content,
    recipients: recipientsStay ? delivery.recipients : recipients,
    hookIds: [...delivery.hookIds, hookId],
  };
}

/** Contents are JSON values, and the same when they would be stored as the same compact text. */
function sameContent(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
