/** A delivery whose turn has come. */
export interface BatchMember {
  /** Bytes of UTF-8 of its body. */
  readonly bytes: number;
  /** Since when it has waited, in ms, on the clock that `now` is of. */
  readonly since: number;
}

export interface BatchLimits {
  /** Members, at least 1. */
  readonly size: number;
  /** Of all bodies, each with one for what stands between them. A larger one is a batch by itself. */
  readonly bytes: number;
  /** How long a member waits for others (ms). */
  readonly linger: number;
}

/** What to do now: send these together, or wait until then (ms). */
export type Formed<Member> =
  | { readonly kind: 'batch'; readonly members: readonly Member[] }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'nothing' };

/**
 * Takes deliveries that go into one POST. What has waited longest leads: its run comes first, and within a run the order
 * stays as it is, without leaps. They go when nothing more fits in, or when one has waited for as long as one may.
 *
 * @param runs what may be sent at once, in order: those of one conversation, for instance; not empty
 */
export function formBatch<Member extends BatchMember>(
  runs: readonly (readonly [Member, ...Member[]])[],
  { size, bytes, linger }: BatchLimits,
  now: number,
): Formed<Member> {
  const members: Member[] = [];
  let weight = 0;
  let isFull = false;
  for (const run of runs.toSorted(([one], [other]) => one.since - other.since)) {
    for (const member of run) {
      weight += member.bytes + 1;
      isFull = members.length === size || (members.length > 0 && weight > bytes);
      if (isFull) break;
      members.push(member);
    }
    if (isFull) break;
  }
  if (members.length === 0) return { kind: 'nothing' };
  const until = Math.min(...members.map(({ since }) => since)) + linger;
  return isFull || members.length === size || until <= now
    ? { kind: 'batch', members }
    : { kind: 'wait', until };
}
