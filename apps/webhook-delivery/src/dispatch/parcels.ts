import { limits } from '#contracts/limits.js';
import { formBatch } from '#domain/delivery/batch.js';
import type { WaitingDelivery } from '../store/deliveries.store.js';
import { isSingle, type StoredEndpoint } from '../store/endpoints.store.js';
import { batchOf, rowsOf } from './batch-body.port.js';
import type { Hand, LaneInHand } from './hand.js';
import type { Parcel, ParcelPart } from './outcome.js';

type Format = Pick<StoredEndpoint, 'format' | 'batchSize' | 'linger'>;

/** What may be sent next: so many deliveries of each of these lanes, or nothing before then (ms; Infinity: until more is read). */
export type NextParcel =
  | { readonly kind: 'parcel'; readonly counts: ReadonlyMap<LaneInHand, number> }
  | { readonly kind: 'wait'; readonly until: number };

/** What stands around the events of a batch; more than it ever has. */
const frameBytes = 512;
const nothing = { kind: 'wait', until: Infinity } as const;

/** Looks for what may be sent next, and takes nothing. */
export function nextParcel(hand: Hand, { format, batchSize: size, linger }: Format, now: number): NextParcel {
  if (isSingle(format)) {
    const lane = hand.first();
    return lane === undefined ? nothing : { kind: 'parcel', counts: new Map([[lane, 1]]) };
  }
  // What has failed together goes together.
  const again = hand.whole();
  if (again !== undefined) return { kind: 'parcel', counts: again };
  const runs = hand.runs(size);
  const lanes = new Map([...runs].flatMap(([lane, run]) => run.map((delivery) => [delivery, lane] as const)));
  const formed = formBatch(
    [...runs.values()],
    { size, linger, bytes: limits.webhookBatchBytes - frameBytes },
    now,
  );
  switch (formed.kind) {
    case 'nothing':
      return nothing;
    case 'wait':
      return formed;
    case 'batch': {
      const counts = new Map<LaneInHand, number>();
      for (const member of formed.members) {
        const lane = lanes.get(member);
        if (lane !== undefined) counts.set(lane, (counts.get(lane) ?? 0) + 1);
      }
      return { kind: 'parcel', counts };
    }
  }
}

/** Takes what was found, and makes one POST of it. */
export function takeParcel(hand: Hand, { format }: Format, counts: ReadonlyMap<LaneInHand, number>): Parcel {
  const parts = [...counts].map(([lane, count]): ParcelPart => ({
    lane,
    deliveries: hand.take(lane, count),
  }));
  // By their ids, whatever lane was looked at first: the same ones are the same message whenever they are sent again.
  const members = parts
    .flatMap(({ deliveries }) => deliveries)
    .toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
  const [first, ...others] = members;
  if (first === undefined) throw new Error('There is nothing to send');
  if (isSingle(format)) return { id: first.eventId, body: first.payload, batch: null, parts };
  const joined: readonly [WaitingDelivery, ...WaitingDelivery[]] = [first, ...others];
  const message = format === 'batch' ? batchOf(joined) : rowsOf(joined);
  return { ...message, batch: message.id, parts };
}
