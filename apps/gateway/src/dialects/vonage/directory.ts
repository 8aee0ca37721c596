import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { findUsers } from '#contracts/users.js';
import { userUid } from '#contracts/vonage/ids.js';
import type { Person } from '#contracts/vonage/person.js';
import { People } from '#dialects/vonage/people.js';

/** Who users are, also by the ids that they have at Vonage. */
@Injectable()
export class Directory extends People {
  /**
   * Whom a request names by `USR-…`.
   *
   * @throws HooklineError user_not_found
   */
  async byUid(applicationId: string, uid: string): Promise<Person> {
    const { users } = await this.bus.ask(findUsers, { applicationId, by: { uids: [uid] } });
    const [user] = users;
    if (user === undefined) throw new HooklineError('user_not_found');
    return this.remember(applicationId, user);
  }

  /** The same of a path, which may say `me`. @throws HooklineError user_not_found */
  async referred(applicationId: string, reference: string, me: string | null): Promise<Person> {
    if (reference === 'me' && me !== null) return this.person(applicationId, me);
    const uid = userUid.safeParse(reference);
    if (!uid.success) throw new HooklineError('user_not_found');
    return this.byUid(applicationId, uid.data);
  }
}
