import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { exportParts, exportUser } from '#contracts/user-exports.js';
import { Answers } from '#platform/bus/answers.js';
import { UsersStore } from '../store/users.store.js';
import { UserExport } from './user-export.js';

/** What is stored about a user, page by page. */
@Controller()
export class UserExportController {
  constructor(
    private readonly users: UsersStore,
    private readonly exported: UserExport,
  ) {}

  /** A user who is deleted meanwhile is not found from then on, and the export breaks off. */
  @Answers(exportUser)
  async page({
    from,
    ...user
  }: z.output<typeof exportUser.question>): Promise<z.output<typeof exportUser.answer>> {
    const row = await this.users.find(user.applicationId, user.userId);
    if (row === null) throw new HooklineError('user_not_found');
    const { part, after } = from ?? { part: exportParts[0], after: [] };
    const { records, next } = await this.exported.portion(row, user, part, after);
    return { records: [...records], next: next === null ? following(part) : { part, after: [...next] } };
  }
}

function following(
  part: (typeof exportParts)[number],
): { part: (typeof exportParts)[number]; after: string[] } | null {
  const next = exportParts[exportParts.indexOf(part) + 1];
  return next === undefined ? null : { part: next, after: [] };
}
