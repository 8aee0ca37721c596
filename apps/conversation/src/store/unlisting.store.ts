import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import type { ChangedConversation } from './conversation-changes.store.js';
import { MembersStore } from './members.store.js';

/** Users whose rows one transaction locks: some milliseconds, in which they cannot log in. */
const portion = 500;

/** Users whose lists a deleted service has left. */
export interface Unlisted {
  readonly conversation: ChangedConversation;
  /** Of these users, as they are now. */
  readonly listVersions: ReadonlyMap<string, number>;
}

/** Deleted services leave the lists of their subscribers, of whom there may be millions. */
@Injectable()
export class UnlistingStore {
  constructor(
    private readonly database: Database,
    private readonly members: MembersStore,
  ) {}

  /**
   * Counts the change of a portion of the lists that a deleted service was on, in the order of the users' ids. How far it has
   * come is stored with it: every list is counted once, whoever dies in between. Nobody subscribes any more. Replicas pass
   * over what another one works on; any service may be the next one, so that a small one need not wait for a giant one.
   *
   * @returns null when there is none that is still on lists
   */
  async unlist(): Promise<Unlisted | null> {
    return this.database.client.$transaction(async (transaction) => {
      const [ending] = await transaction.$queryRaw<(ChangedConversation & { upTo: string })[]>`
        SELECT application_id AS "applicationId", id, key, unlisted_up_to AS "upTo" FROM conversation.conversation
        WHERE unlisted_up_to IS NOT NULL
        ORDER BY random()
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED`;
      if (ending === undefined) return null;
      const { upTo, ...conversation } = ending;
      const subscribers = await transaction.$queryRaw<{ userId: string }[]>`
        SELECT user_id AS "userId" FROM conversation.member
        WHERE conversation_key = ${conversation.key} AND state <> 'left' AND user_id > ${upTo}
        ORDER BY user_id
        LIMIT ${portion}`;
      const userIds = subscribers.map(({ userId }) => userId);
      const listVersions = await this.members.countListChange(
        transaction,
        conversation.applicationId,
        userIds,
      );
      const reached = userIds.length < portion ? null : (userIds.at(-1) ?? null);
      await transaction.$executeRaw`
        UPDATE conversation.conversation SET unlisted_up_to = ${reached} WHERE key = ${conversation.key}`;
      return { conversation, listVersions };
    });
  }
}
