/** Where a bound of a history lies: at one event, or at all events of one instant. */
export interface Place {
  /** Seq of the first event that does not come before the place. */
  readonly before: number;
  /** Seq of the first event that comes after it. */
  readonly after: number;
  /** What lies at the place is part of the history. */
  readonly inclusive: boolean;
}

/** Of seq; the last of them is in it. */
export interface SeqRange {
  readonly from: number;
  /** Null: to the end. */
  readonly to: number | null;
}

/**
 * What lies between two bounds, read in an order: `start` is where the reading begins, which is the later one when it goes
 * back in time.
 *
 * @param start null: the beginning of the timeline, or its end in descending order; `stop` the other way round
 */
export function rangeBetween(
  order: 'ascending' | 'descending',
  start: Place | null,
  stop: Place | null,
): SeqRange {
  const [earlier, later] = order === 'ascending' ? [start, stop] : [stop, start];
  const from = earlier === null ? 1 : earlier.inclusive ? earlier.before : earlier.after;
  const end = later === null ? null : later.inclusive ? later.after : later.before;
  return { from, to: end === null ? null : end - 1 };
}
