import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { deleteApplication, type Application } from '#contracts/applications.js';
import { HooklineError } from '#contracts/errors.js';
import { Answers } from '#platform/bus/answers.js';
import { ApplicationErasuresStore } from '../store/application-erasures.store.js';
import { ApplicationsStore } from '../store/applications.store.js';
import { applicationOf } from './application-view.js';
import { CredentialsChange } from './credentials-change.js';

/** Ends applications; what they have is removed by `ApplicationErasure`. */
@Controller()
export class DeleteApplicationController {
  constructor(
    private readonly erasures: ApplicationErasuresStore,
    private readonly applications: ApplicationsStore,
    private readonly change: CredentialsChange,
  ) {}

  @Answers(deleteApplication)
  async delete({ applicationId }: z.output<typeof deleteApplication.question>): Promise<Application> {
    await this.erasures.begin(applicationId);
    const application = await this.applications.findAtAll(applicationId);
    if (application === null) throw new HooklineError('application_not_found');
    // Also when it was deleted before: whoever did it may have died before it was known everywhere.
    await this.change.announce(applicationId);
    return applicationOf(application);
  }
}
