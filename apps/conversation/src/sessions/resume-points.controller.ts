import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodeCursor, encodeCursor } from '#contracts/cursor.js';
import { findResumePoint } from '#contracts/sessions.js';
import { Answers } from '#platform/bus/answers.js';
import { ResumePointsStore } from '../store/resume-points.store.js';

/** Plain reading: the store does it. */
@Controller()
export class ResumePointsController {
  constructor(private readonly points: ResumePointsStore) {}

  /** @throws HooklineError invalid_cursor */
  @Answers(findResumePoint)
  async find({
    applicationId,
    userId,
    tag,
    cursor,
  }: z.output<typeof findResumePoint.question>): Promise<z.output<typeof findResumePoint.answer>> {
    const since = await this.points.since(applicationId, userId, tag);
    if (since === null) return { positions: null, nextCursor: null };
    const after = cursor === null ? 0n : decodeCursor(cursor);
    const { positions, last } = await this.points.positions(applicationId, userId, since, after);
    return { positions, nextCursor: last === null ? null : encodeCursor(last) };
  }
}
