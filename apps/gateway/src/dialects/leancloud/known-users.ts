import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { ensureUsers } from '#contracts/users.js';
import { Bus } from '#platform/bus/bus.js';
import { Remembered } from '#platform/remembered.js';

/** At LeanCloud nobody registers clients: whoever is named exists. Here that makes a user of it. */
@Injectable()
export class KnownUsers {
  private readonly known = new Remembered<true>(100_000);

  constructor(private readonly bus: Bus) {}

  /**
   * Runs an operation on users, who exist then.
   *
   * @throws HooklineError user_deleted when one of them was deleted, and what the operation throws
   */
  async with<Answer>(
    applicationId: string,
    userIds: readonly string[],
    operation: () => Promise<Answer>,
  ): Promise<Answer> {
    await this.ensure(applicationId, userIds);
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof HooklineError) || error.code !== 'user_not_found') throw error;
      // Somebody was deleted since: the same question, asked anew, says so.
      for (const userId of userIds) this.known.delete(keyOf(applicationId, userId));
      await this.ensure(applicationId, userIds);
      return operation();
    }
  }

  private async ensure(applicationId: string, userIds: readonly string[]): Promise<void> {
    const unknown = [...new Set(userIds)].filter(
      (userId) => this.known.get(keyOf(applicationId, userId)) === undefined,
    );
    if (unknown.length === 0) return;
    await this.bus.ask(ensureUsers, { applicationId, userIds: unknown });
    for (const userId of unknown) this.known.set(keyOf(applicationId, userId), true);
  }
}

/** Neither id has a ':'. */
function keyOf(applicationId: string, userId: string): string {
  return `${applicationId}:${userId}`;
}
