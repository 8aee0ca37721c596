import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import {
  confirmOccurrences,
  confirmSessionChanges,
  takeOccurrences,
  takeSessionChanges,
} from '#contracts/occurrences.js';
import { Answers } from '#platform/bus/answers.js';
import { OccurrencesStore } from '../store/occurrences.store.js';
import { SessionChangesStore } from '../store/session-changes.store.js';

/** Hands over to hook-engine what after-hooks are to be told. */
@Controller()
export class OccurrencesController {
  constructor(
    private readonly occurrences: OccurrencesStore,
    private readonly sessionChanges: SessionChangesStore,
  ) {}

  @Answers(takeOccurrences)
  async take(): Promise<z.output<typeof takeOccurrences.answer>> {
    return { occurrences: await this.occurrences.take() };
  }

  @Answers(confirmOccurrences)
  async confirm({ numbers }: z.output<typeof confirmOccurrences.question>): Promise<object> {
    await this.occurrences.confirm(numbers);
    return {};
  }

  @Answers(takeSessionChanges)
  async takeSessionChanges({
    applications,
  }: z.output<typeof takeSessionChanges.question>): Promise<z.output<typeof takeSessionChanges.answer>> {
    return { occurrences: await this.sessionChanges.take(applications) };
  }

  @Answers(confirmSessionChanges)
  async confirmSessionChanges({ numbers }: z.output<typeof confirmSessionChanges.question>): Promise<object> {
    await this.sessionChanges.confirm(numbers);
    return {};
  }
}
