/** How a gateway in front of a server says that the server is away, or that it gets too much. */
const statuses = new Set(['status_429', 'status_502', 'status_503', 'status_504']);
const silences = new Set(['timeout', 'refused', 'network']);

/** Whether a failed call says that the server is away. A server that answers nonsense is there. */
export function isOutage(failure: string): boolean {
  return silences.has(failure) || statuses.has(failure);
}

/** After so many outages in a row a server is called no more for a while. */
export const outagesUntilOpen = 10;

/** For how long (ms), when its last `attempt` calls of trial (at least 1) have failed as well: 1 s, doubled up to 30 s. */
export function openFor(attempt: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(attempt - 1, 10));
}
