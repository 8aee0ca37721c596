/** A subscription to a service, as LeanCloud shows it. */
export interface Subscription {
  /** When it began, in ms. */
  readonly timestamp: number;
  readonly subscriber: string;
  readonly conv_id: string;
}

export interface SubscriptionsPage {
  /** The page begins after this subscription: its time, and its service where several began in one millisecond. */
  readonly timestamp?: number | undefined;
  readonly conv_id?: string | undefined;
  readonly limit: number;
  /** `old`: from the newest to older ones. */
  readonly direction: 'old' | 'new';
}

export function pageOfSubscriptions(
  subscriptions: readonly Subscription[],
  { timestamp, conv_id: id, limit, direction }: SubscriptionsPage,
): Subscription[] {
  const sign = direction === 'new' ? 1 : -1;
  const isBeyond = (one: Subscription): boolean => {
    if (timestamp === undefined) return true;
    if (one.timestamp !== timestamp) return (one.timestamp - timestamp) * sign > 0;
    // Without its service, everything of its millisecond counts as seen.
    return id !== undefined && compare(one.conv_id, id) * sign > 0;
  };
  return subscriptions
    .filter(isBeyond)
    .sort((one, other) => (one.timestamp - other.timestamp || compare(one.conv_id, other.conv_id)) * sign)
    .slice(0, limit);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
