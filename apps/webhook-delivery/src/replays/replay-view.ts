import { replay, type Replay } from '#contracts/webhooks/replays.js';
import type { StoredReplay } from '../store/replays.store.js';

/** A replay as the webhook's owner sees it. */
export function replayView(row: StoredReplay): Replay {
  return replay.parse({
    ...row,
    from: row.fromAt.getTime(),
    to: row.toAt.getTime(),
    looked: Number(row.looked),
    queued: Number(row.queued),
    createdAt: row.createdAt.getTime(),
    finishedAt: row.finishedAt?.getTime() ?? null,
  });
}
