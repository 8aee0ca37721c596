import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { whyNot } from '#domain/permissions/conversation-permissions.js';
import { acknowledge, type Receipt, type Watermarks } from '#domain/receipts/watermarks.js';
import { Batches, BatchesFull } from '#platform/batching/batches.js';
import { memberKey } from '../store/members.store.js';
import { ReceiptsStore, type ReceiptStay } from '../store/receipts.store.js';
import { ReceiptEvents } from './receipt-events.js';
import { ReceiptNotices } from './receipt-notices.js';

/** What a member acknowledges in a conversation. */
export interface ReceiptToRecord extends Receipt {
  readonly applicationId: string;
  readonly conversationKey: bigint;
  readonly conversationId: string;
  readonly userId: string;
}

type Result =
  | { readonly kind: 'recorded'; readonly at: Watermarks }
  /** To be written as events, which move the watermarks to here. */
  | { readonly kind: 'as_events'; readonly to: Watermarks }
  | { readonly kind: 'refused'; readonly reason: HooklineError };

/** One member's new watermarks, as all receipts of a batch say together. */
interface Progress {
  readonly memberId: string;
  readonly receipt: ReceiptToRecord;
  at: Watermarks;
}

/** Receipts that may wait for one conversation, and in all: some seconds of work. */
const waitingPerConversation = 2_000;
const waitingAtMost = 20_000;

/**
 * The one place where receipts are recorded. They are frequent: what arrives while batches are being written forms the
 * next, which is two statements however many receipts it holds, and one live notice per conversation.
 */
@Injectable()
export class RecordReceipts {
  private readonly commits: Batches<ReceiptToRecord, Result>;

  constructor(
    private readonly receipts: ReceiptsStore,
    private readonly notices: ReceiptNotices,
    private readonly events: ReceiptEvents,
  ) {
    this.commits = new Batches({
      usual: 1,
      most: 3,
      patience: 50,
      maximumBatch: 256,
      maximumPerLane: waitingPerConversation,
      maximumWaiting: waitingAtMost,
      laneOf: ({ conversationKey }) => conversationKey,
      run: (receipts) => this.commit(receipts),
    });
  }

  /**
   * Resolves when it is committed.
   *
   * @returns where the member stands now
   * @throws HooklineError conversation_not_found, not_a_member, receipt_beyond_end, overloaded
   */
  async record(receipt: ReceiptToRecord): Promise<Watermarks> {
    const result = await this.commits.submit(receipt).catch((error: unknown) => {
      throw error instanceof BatchesFull ? new HooklineError('overloaded') : error;
    });
    if (result.kind === 'refused') throw result.reason;
    if (result.kind === 'recorded') return result.at;
    return this.events.upTo(receipt, result.to);
  }

  private async commit(receipts: readonly ReceiptToRecord[]): Promise<readonly Result[]> {
    const stays = await this.receipts.stays(
      [...Map.groupBy(receipts, keyOf).values()].flatMap(([receipt]) =>
        receipt === undefined ? [] : [receipt],
      ),
    );
    const few = await this.withReceiptEvents(receipts, stays);
    const progress = new Map<string, Progress>();
    const results = receipts.map((receipt) =>
      decide(receipt, stays.get(keyOf(receipt)), progress, few.has(receipt.conversationKey)),
    );
    const ended = await this.advance([...progress.values()]);
    return results.map((result, index): Result => {
      const receipt = receipts[index];
      if (result.kind !== 'recorded' || receipt === undefined) return result;
      const key = keyOf(receipt);
      const failure = ended.get(key);
      if (failure !== undefined) return { kind: 'refused', reason: failure };
      return { kind: 'recorded', at: progress.get(key)?.at ?? result.at };
    });
  }

  /** Of a large conversation nobody needs to lock the head. */
  private async withReceiptEvents(
    receipts: readonly ReceiptToRecord[],
    stays: ReadonlyMap<string, ReceiptStay>,
  ): Promise<ReadonlySet<bigint>> {
    const keys = receipts.flatMap((receipt) =>
      stays.get(keyOf(receipt))?.areEvents === true ? [receipt.conversationKey] : [],
    );
    if (keys.length === 0) return new Set();
    return this.receipts.withAtMost(limits.liveReceiptMembers, [...new Set(keys)]);
  }

  /** @returns those that could not be advanced, by `memberKey` */
  private async advance(progress: readonly Progress[]): Promise<Map<string, HooklineError>> {
    const failures = new Map<string, HooklineError>();
    if (progress.length === 0) return failures;
    const advanced = await this.receipts.advance(progress.map(({ memberId, at }) => ({ memberId, ...at })));
    await Promise.all(
      progress
        .filter(({ memberId }) => !advanced.has(memberId))
        .map(async ({ memberId, receipt, at }) => {
          try {
            if (!(await this.receipts.advanceOne({ memberId, ...at })))
              failures.set(keyOf(receipt), new HooklineError('not_a_member'));
          } catch {
            // Somebody holds the row for long; the others of the batch are committed all the same.
            failures.set(keyOf(receipt), new HooklineError('service_unavailable'));
          }
        }),
    );
    await this.notices.tell(
      progress
        .filter(({ receipt }) => !failures.has(keyOf(receipt)))
        .map(({ receipt, at }) => ({ ...receipt, at })),
    );
    return failures;
  }
}

/** Decides about one receipt, after those of the batch that came before it. */
function decide(
  receipt: ReceiptToRecord,
  stay: ReceiptStay | undefined,
  progress: Map<string, Progress>,
  areEvents: boolean,
): Result {
  const refused = (code: ConstructorParameters<typeof HooklineError>[0]): Result => ({
    kind: 'refused',
    reason: new HooklineError(code),
  });
  if (stay === undefined) return refused('conversation_not_found');
  const refusal = whyNot('acknowledge', stay.part, stay.kind);
  if (refusal !== null) return refused(refusal);
  const { memberId } = stay;
  if (memberId === null) return refused('not_a_member');
  const key = keyOf(receipt);
  const decision = acknowledge(progress.get(key)?.at ?? stay.at, receipt, stay.lastSeq);
  switch (decision.kind) {
    case 'beyond_end':
      return refused('receipt_beyond_end');
    case 'unchanged':
      return { kind: 'recorded', at: decision.at };
    case 'advanced':
      if (areEvents) return { kind: 'as_events', to: decision.to };
      progress.set(key, { memberId, receipt, at: decision.to });
      return { kind: 'recorded', at: decision.to };
  }
}

function keyOf({ conversationKey, userId }: ReceiptToRecord): string {
  return memberKey(conversationKey, userId);
}
