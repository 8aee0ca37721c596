import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { credentialsChanged } from '#contracts/applications.js';
import { Answers } from '#platform/bus/answers.js';
import { ApplicationKeys } from './application-keys.js';

/** Hears of changed credentials, in every gateway; the change is answered when all have heard it. */
@Controller()
export class CredentialsController {
  constructor(private readonly keys: ApplicationKeys) {}

  @Answers(credentialsChanged, { everyReplica: true })
  changed({
    applicationId,
  }: z.output<typeof credentialsChanged.question>): z.output<typeof credentialsChanged.answer> {
    this.keys.forget(applicationId);
    return { replica: this.keys.replica };
  }
}
