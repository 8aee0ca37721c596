import type { EndpointHealth } from '#domain/delivery/endpoint-health.js';
import { TokenBuckets } from '#platform/rate-limiting/token-buckets.js';
import type { StoredEndpoint } from '../store/endpoints.store.js';

type Limited = Pick<StoredEndpoint, 'concurrency' | 'ordering' | 'rateLimit'>;

/** The one bucket has one key. */
const key = '';
/** At most this share of a second's POSTs at once. */
const burstShare = 0.1;

/** When an endpoint's next POST may begin. Exact over all replicas, because one of them sends. */
export class RunnerLimits {
  private bucket: TokenBuckets | undefined;
  private rate: number | null = null;

  constructor(
    private limited: Limited,
    /** How the receiver is. */
    public health: EndpointHealth,
  ) {
    this.become(limited, health);
  }

  become(limited: Limited, health: EndpointHealth): void {
    this.limited = limited;
    this.health = health;
    if (limited.rateLimit !== this.rate) this.bucket = emptyBucket(limited.rateLimit);
    this.rate = limited.rateLimit;
  }

  /** For how long (ms) nothing is sent. */
  pausedFor(now: number): number {
    return Math.max(0, (this.health.pause?.until ?? 0) - now);
  }

  /**
   * After how many ms a POST may begin; Infinity: when another one has ended.
   *
   * @param inFlight how many are under way
   */
  wait(now: number, inFlight: number): number {
    const { ordering, concurrency } = this.limited;
    const most = ordering === 'endpoint' ? 1 : Math.min(concurrency, Math.floor(this.health.allowed));
    if (inFlight >= most) return Infinity;
    return Math.max(this.pausedFor(now), this.bucket?.wait(key, now) ?? 0);
  }

  /** A POST begins. */
  begin(now: number): void {
    this.bucket?.take(key, now);
  }
}

/** Empty at first: another replica may just have sent as much as is allowed. */
function emptyBucket(perSecond: number | null): TokenBuckets | undefined {
  if (perSecond === null) return undefined;
  const bucket = new TokenBuckets({ perSecond, burst: Math.max(1, perSecond * burstShare) });
  const now = performance.now();
  while (bucket.take(key, now) === 0);
  return bucket;
}
