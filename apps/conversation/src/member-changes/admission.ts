import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { isService } from '#domain/conversations/service.js';
import type { Transaction } from '#platform/database/database.js';
import { BlocksStore } from '../store/blocks.store.js';
import { StaysStore, type Stay } from '../store/stays.store.js';
import { UsersStore } from '../store/users.store.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

/** Whether newcomers can be let in at all, whoever brings them and however they come. */
@Injectable()
export class Admission {
  constructor(
    private readonly users: UsersStore,
    private readonly stays: StaysStore,
    private readonly blocks: BlocksStore,
  ) {}

  /**
   * The head must be locked.
   *
   * @returns who is in or invited; of a service, which may have any number of subscribers, those of `userIds` who are in
   * @throws HooklineError user_not_found, user_blocked, sender_blocked, too_many_members
   */
  async check(
    transaction: Transaction,
    { key, applicationId, kind }: ChangingConversation,
    userIds: readonly string[],
    actor: Actor,
  ): Promise<readonly Stay[]> {
    if (new Set(userIds).size !== userIds.length)
      throw new HooklineError('invalid_request', '/members: names a user twice');
    await this.requireUsers(transaction, applicationId, userIds);
    const [blocked] = await this.blocks.blockedAmong(transaction, key, userIds);
    if (blocked !== undefined)
      throw new HooklineError('user_blocked', `${JSON.stringify(blocked)} is blocked in the conversation`);
    if (actor.kind === 'user') {
      const [blocker] = await this.blocks.whoBlocks(transaction, applicationId, actor.userId, userIds);
      if (blocker !== undefined)
        throw new HooklineError('sender_blocked', `${JSON.stringify(blocker)} has blocked this user`);
    }
    if (isService(kind)) return this.stays.among(key, userIds, transaction);
    const present = await this.stays.present(key, transaction);
    if (new Set([...userIds, ...present.map(({ userId }) => userId)]).size > limits.membersPerGroup) {
      throw new HooklineError(
        'too_many_members',
        `A group has at most ${String(limits.membersPerGroup)} members`,
      );
    }
    return present;
  }

  /** @throws HooklineError user_not_found */
  async requireUsers(
    transaction: Transaction,
    applicationId: string,
    userIds: readonly string[],
  ): Promise<void> {
    const known = await this.users.existing(transaction, applicationId, userIds);
    const unknown = userIds.find((userId) => !known.has(userId));
    if (unknown !== undefined)
      throw new HooklineError('user_not_found', `There is no user ${JSON.stringify(unknown)}`);
  }
}
