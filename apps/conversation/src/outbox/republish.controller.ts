import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { republishEvents } from '#contracts/stream.js';
import { Answers } from '#platform/bus/answers.js';
import { Log } from '#platform/log.js';
import { OutboxStore } from '../store/outbox.store.js';

/** Publishes again what a consumer has been missing for so long that the stream must have lost it. */
@Controller()
export class RepublishController {
  constructor(
    private readonly outbox: OutboxStore,
    private readonly log: Log,
  ) {}

  @Answers(republishEvents)
  async republish({
    gaps,
  }: z.output<typeof republishEvents.question>): Promise<z.output<typeof republishEvents.answer>> {
    const firstKept = await this.outbox.queueAgain(gaps);
    const gone = gaps.flatMap(({ lane, fromSeq, toSeq }) => {
      const goneUpTo = (firstKept.get(lane) ?? toSeq + 1) - 1;
      return goneUpTo < fromSeq ? [] : [{ lane, fromSeq, toSeq: goneUpTo }];
    });
    this.log.warn({ conversations: gaps.length, gone: gone.length }, 'lost events are published again');
    return { gone };
  }
}
