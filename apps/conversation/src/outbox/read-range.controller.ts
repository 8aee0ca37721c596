import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodePairCursor, encodeCursor } from '#contracts/cursor.js';
import { findStreamEvent, readEventRange } from '#contracts/stream.js';
import { Answers } from '#platform/bus/answers.js';
import { EventRangesStore } from '../store/event-ranges.store.js';

/** Gives stored events to whoever delivers them a second time. */
@Controller()
export class ReadRangeController {
  constructor(private readonly ranges: EventRangesStore) {}

  /** @throws HooklineError invalid_cursor */
  @Answers(readEventRange)
  async readRange({
    cursor,
    ...range
  }: z.output<typeof readEventRange.question>): Promise<z.output<typeof readEventRange.answer>> {
    const [number, seq] = cursor === null ? [0n, 0n] : decodePairCursor(cursor);
    const { events, next } = await this.ranges.read(range, { number: Number(number), seq: Number(seq) });
    return { events, cursor: next === null ? null : encodeCursor(next.number, next.seq) };
  }

  @Answers(findStreamEvent)
  async find({
    applicationId,
    eventId,
  }: z.output<typeof findStreamEvent.question>): Promise<z.output<typeof findStreamEvent.answer>> {
    return { event: await this.ranges.find(applicationId, eventId) };
  }
}
