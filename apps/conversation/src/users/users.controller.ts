import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { createUser, getUser } from '#contracts/users.js';
import { Answers } from '#platform/bus/answers.js';
import { OncePerKey } from '../store/once-per-key.js';
import { UsersStore, type UserRow } from '../store/users.store.js';

type User = z.output<typeof getUser.answer>;

@Controller()
export class UsersController {
  constructor(
    private readonly users: UsersStore,
    private readonly once: OncePerKey,
  ) {}

  @Answers(createUser)
  async create({ applicationId, request, user }: z.output<typeof createUser.question>): Promise<User> {
    const { id, displayName = null, attributes } = user;
    await this.users.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: user }, async () => {
        const isCreated = await this.users.create(transaction, {
          applicationId,
          id,
          displayName,
          attributes,
        });
        if (!isCreated) throw new HooklineError('user_exists');
        return {};
      }),
    );
    return this.get({ applicationId, userId: id });
  }

  @Answers(getUser)
  async get({ applicationId, userId }: z.output<typeof getUser.question>): Promise<User> {
    const user = await this.users.find(applicationId, userId);
    if (user === null) throw new HooklineError('user_not_found');
    return userOf(user);
  }
}

function userOf(row: UserRow): User {
  return {
    id: row.id,
    kind: row.kind,
    displayName: row.displayName,
    attributes: row.attributes as User['attributes'],
    createdAt: row.createdAt.getTime(),
  };
}
