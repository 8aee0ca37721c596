import { Controller } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '#contracts/cursor.js';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import { attributes } from '#contracts/json-value.js';
import {
  createUser,
  deleteUser,
  ensureUsers,
  findUsers,
  getUser,
  listUsers,
  updateUser,
  type User,
} from '#contracts/users.js';
import { mergePatch, type JsonObject } from '#domain/conversations/merge-patch.js';
import { Answers } from '#platform/bus/answers.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { SessionEnds } from '../sessions/session-ends.port.js';
import { OncePerKey } from '../store/once-per-key.js';
import type { EndedSession } from '../store/session-ends.store.js';
import { UserErasuresStore } from '../store/user-erasures.store.js';
import { userOf, UsersStore, type UserRow } from '../store/users.store.js';

@Controller()
export class UsersController {
  constructor(
    private readonly users: UsersStore,
    private readonly erasures: UserErasuresStore,
    private readonly once: OncePerKey,
    private readonly sessions: SessionEnds,
    private readonly live: LivePublisher,
  ) {}

  @Answers(createUser)
  async create({ applicationId, request, user }: z.output<typeof createUser.question>): Promise<User> {
    const { id, uid, displayName = null, attributes } = user;
    await this.users.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: user }, async () => {
        const row = { applicationId, id, uid, displayName, attributes };
        switch (await this.users.create(transaction, row)) {
          case 'taken':
            throw new HooklineError('user_exists');
          case 'uid_taken':
            throw new HooklineError('user_exists', 'Another user has this uid');
          case 'deleted':
            throw new HooklineError('user_deleted');
          case 'created':
            return {};
        }
      }),
    );
    return this.get({ applicationId, userId: id });
  }

  /** Most of them are there: then nothing is locked and nothing written. @throws HooklineError user_deleted */
  @Answers(ensureUsers)
  async ensure({ applicationId, userIds }: z.output<typeof ensureUsers.question>): Promise<object> {
    const missing = await this.users.missing(applicationId, userIds);
    if (missing.length === 0) return {};
    await this.users.transaction(async (transaction) => {
      const deleted = await this.users.createMissing(transaction, applicationId, missing);
      if (deleted !== null)
        throw new HooklineError('user_deleted', `The user ${JSON.stringify(deleted)} was deleted`);
    });
    return {};
  }

  @Answers(getUser)
  async get({ applicationId, userId }: z.output<typeof getUser.question>): Promise<User> {
    const user = await this.users.find(applicationId, userId);
    if (user === null) throw new HooklineError('user_not_found');
    return userOf(user);
  }

  @Answers(findUsers)
  async findSeveral({
    applicationId,
    by,
  }: z.output<typeof findUsers.question>): Promise<z.output<typeof findUsers.answer>> {
    return { users: (await this.users.among(applicationId, by)).map(userOf) };
  }

  @Answers(listUsers)
  async list({
    applicationId,
    order,
    cursor,
    limit,
  }: z.output<typeof listUsers.question>): Promise<z.output<typeof listUsers.answer>> {
    const after = cursor === null ? null : decodeCursor(cursor);
    const rows = await this.users.list(applicationId, order, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      users: page.map(userOf),
      nextCursor: last === undefined ? null : encodeCursor(last.number),
    };
  }

  @Answers(updateUser)
  async update(question: z.output<typeof updateUser.question>): Promise<User> {
    const { applicationId, userId, request, change } = question;
    await this.users.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: [userId, change] }, async () => {
        const present = await this.users.lock(transaction, applicationId, userId);
        if (present === null) throw new HooklineError('user_not_found');
        await this.users.update(transaction, applicationId, userId, changed(present, change));
        return {};
      }),
    );
    return this.get({ applicationId, userId });
  }

  /** What is stored of the user elsewhere is the erasure's work (erasure/user-erasure.ts). */
  @Answers(deleteUser)
  async delete(question: z.output<typeof deleteUser.question>): Promise<object> {
    const { applicationId, userId, request, messages } = question;
    let ended: EndedSession[] = [];
    await this.users.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: [userId, messages] }, async () => {
        const pseudonym = `deleted-${uuidv4()}`;
        const erasure = { applicationId, userId, pseudonym, messages };
        if (!(await this.erasures.begin(transaction, erasure))) throw new HooklineError('user_not_found');
        // The user's row is locked since: nobody opens a session any more.
        ended = await this.sessions.endOf(transaction, question, { of: 'all' }, 'revoked', null);
        return {};
      }),
    );
    this.live.tokensRevoked(applicationId, userId);
    this.sessions.tell(ended);
    return {};
  }
}

/** What the patch makes is as limited as what is sent; its errors name the same place. */
const profile = z.object({ attributes });
type Change = z.output<typeof updateUser.question>['change'];

/** @throws HooklineError invalid_request when the attributes would be too large */
function changed(
  present: UserRow,
  { displayName = present.displayName, attributes: patch }: Change,
): { displayName: string | null; attributes: object } {
  const before = present.attributes as JsonObject;
  if (patch === undefined) return { displayName, attributes: before };
  const merged = profile.safeParse({ attributes: mergePatch(before, patch) });
  if (!merged.success) throw invalidRequest(merged.error);
  return { displayName, ...merged.data };
}
