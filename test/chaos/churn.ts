import { setTimeout as wait } from 'node:timers/promises';
import type { TestApplication, TestUser } from '../harness/application.js';
import { operations } from '#contracts/rest/operations.js';
import { requestOf, rest } from '../harness/rest.js';
import type { Gateway } from './chaos-client.js';
import { inTime } from './load.js';
import type { Random } from './random.js';

interface Place {
  readonly conversationId: string;
  readonly user: TestUser;
  isMember: boolean;
}

/** A few members who come and go. */
export class Churn {
  changes = 0;
  private readonly places: Place[];

  constructor(
    private readonly application: TestApplication,
    conversationIds: readonly string[],
    users: readonly TestUser[],
    private readonly gateways: readonly Gateway[],
    private readonly random: Random,
  ) {
    this.places = conversationIds.flatMap((conversationId) =>
      users.map((user) => ({ conversationId, user, isMember: true })),
    );
  }

  async run(until: AbortSignal, giveUp: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await wait(this.random.between(1_000, 3_000));
      const place = this.random.pick(this.places);
      while (!giveUp.aborted) {
        try {
          await this.change(place);
          break;
        } catch {
          await wait(this.random.between(100, 400));
        }
      }
      place.isMember = !place.isMember;
      this.changes += 1;
    }
  }

  /** @throws when the outcome is unknown */
  private async change({ conversationId, user: { id: userId }, isMember }: Place): Promise<void> {
    const request = isMember
      ? requestOf(operations.removeMember, { as: this.application, parameters: { conversationId, userId } })
      : requestOf(operations.addMembers, {
          as: this.application,
          parameters: { conversationId },
          body: { members: [{ userId }] },
        });
    const { status } = await inTime(rest(this.random.pick(this.gateways).url, request));
    // 404 and 409: an earlier attempt, of which nobody heard, has done it.
    if (status >= 300 && status !== 404 && status !== 409) throw new Error(String(status));
  }
}
