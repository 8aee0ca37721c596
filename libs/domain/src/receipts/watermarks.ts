/** How far a member has got in a timeline. What was read was delivered: `readSeq` is never above `deliveredSeq`. */
export interface Watermarks {
  readonly deliveredSeq: number;
  readonly readSeq: number;
}

/** What a client acknowledges: everything up to these positions, both included; null: nothing is said. */
export interface Receipt {
  readonly delivered: number | null;
  readonly read: number | null;
}

export type ReceiptDecision =
  | { readonly kind: 'advanced'; readonly to: Watermarks }
  /** Nothing of it is new. */
  | { readonly kind: 'unchanged'; readonly at: Watermarks }
  | { readonly kind: 'beyond_end' };

/** Whoever joins has nothing unread from before its joining, whatever the stored watermarks of its stay say. */
export function watermarksOf(stored: Watermarks, joinedSeq: number): Watermarks {
  return {
    deliveredSeq: Math.max(stored.deliveredSeq, joinedSeq),
    readSeq: Math.max(stored.readSeq, joinedSeq),
  };
}

/** Watermarks move forward only, and not beyond the timeline's end; reading implies delivery. */
export function acknowledge(at: Watermarks, { delivered, read }: Receipt, lastSeq: number): ReceiptDecision {
  if (Math.max(delivered ?? 0, read ?? 0) > lastSeq) return { kind: 'beyond_end' };
  const to = {
    deliveredSeq: Math.max(at.deliveredSeq, delivered ?? 0, read ?? 0),
    readSeq: Math.max(at.readSeq, read ?? 0),
  };
  const isNew = to.deliveredSeq > at.deliveredSeq || to.readSeq > at.readSeq;
  return isNew ? { kind: 'advanced', to } : { kind: 'unchanged', at };
}
