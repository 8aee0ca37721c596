import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { confirmOccurrences, takeOccurrences } from '#contracts/occurrences.js';
import { Answers } from '#platform/bus/answers.js';
import { OccurrencesStore } from '../store/occurrences.store.js';

/** Hands over to hook-engine what after-hooks are to be told. */
@Controller()
export class OccurrencesController {
  constructor(private readonly occurrences: OccurrencesStore) {}

  @Answers(takeOccurrences)
  async take(): Promise<z.output<typeof takeOccurrences.answer>> {
    return { occurrences: await this.occurrences.take() };
  }

  @Answers(confirmOccurrences)
  async confirm({ numbers }: z.output<typeof confirmOccurrences.question>): Promise<object> {
    await this.occurrences.confirm(numbers);
    return {};
  }
}
