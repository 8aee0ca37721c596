import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';

interface Lane {
  waiting: number;
  last: Promise<unknown>;
}

/**
 * One session's commands: per conversation one is in flight and the others wait, so that two messages of one sender stay
 * in order even behind a slow hook.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();

  /** @throws HooklineError too_many_waiting */
  async run<Result>(conversationId: string, work: () => Promise<Result>): Promise<Result> {
    const lane = this.lanes.get(conversationId) ?? { waiting: 0, last: Promise.resolve() };
    if (lane.waiting > limits.laneWaiting) {
      throw new HooklineError(
        'too_many_waiting',
        `At most ${String(limits.laneWaiting)} commands may wait for one conversation`,
      );
    }
    this.lanes.set(conversationId, lane);
    lane.waiting += 1;
    const mine = lane.last.then(work, work);
    lane.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      lane.waiting -= 1;
      if (lane.waiting === 0) this.lanes.delete(conversationId);
    }
  }
}
