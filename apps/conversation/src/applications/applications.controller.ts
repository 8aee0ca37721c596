import { Controller, type OnApplicationBootstrap } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import {
  createApplication,
  getApplicationCredentials,
  updateApplication,
  type ApplicationCredentials,
  type ApplicationWithKeys,
} from '#contracts/applications.js';
import { HooklineError } from '#contracts/errors.js';
import { Answers } from '#platform/bus/answers.js';
import { randomSecret } from '#platform/security/secrets.js';
import { Sealing } from '#platform/security/sealing.js';
import { ConversationConfiguration } from '../conversation.config.js';
import { ApplicationsStore, type ApplicationRow } from '../store/applications.store.js';
import { OncePerKey } from '../store/once-per-key.js';

/** Requests of the installation's owner belong to no application. */
const installation = '';

@Controller()
export class ApplicationsController implements OnApplicationBootstrap {
  constructor(
    private readonly applications: ApplicationsStore,
    private readonly once: OncePerKey,
    private readonly sealing: Sealing,
    private readonly configuration: ConversationConfiguration,
  ) {}

  /** The application that the environment names exists as soon as this app answers. */
  async onApplicationBootstrap(): Promise<void> {
    const { firstApplication } = this.configuration;
    if (firstApplication === null) return;
    const { id, appKey, masterKey, hookKey } = firstApplication;
    await this.applications.put({
      id,
      name: id,
      ...this.sealed({ appKey, masterKey, hookKey }),
      tokenSecretSealed: this.sealing.seal(randomSecret('hlt')),
    });
  }

  @Answers(createApplication)
  async create(question: z.output<typeof createApplication.question>): Promise<ApplicationWithKeys> {
    const { request, application } = question;
    const id = await this.applications.transaction((transaction) =>
      this.once.run(transaction, { applicationId: installation, request, content: application }, async () => {
        const { id: wantedId = uuidv7(), ...settings } = application;
        const keys = {
          appKey: randomSecret('hla'),
          masterKey: randomSecret('hlm'),
          hookKey: randomSecret('hlh'),
        };
        const isCreated = await this.applications.create(transaction, {
          id: wantedId,
          ...settings,
          ...this.sealed(keys),
          tokenSecretSealed: this.sealing.seal(randomSecret('hlt')),
        });
        if (!isCreated) throw new HooklineError('application_exists');
        return wantedId;
      }),
    );
    return this.withKeys(await this.find(id));
  }

  @Answers(updateApplication)
  async update(
    question: z.output<typeof updateApplication.question>,
  ): Promise<z.output<typeof updateApplication.answer>> {
    const { applicationId, request, change } = question;
    await this.applications.transaction((transaction) =>
      this.once.run(
        transaction,
        { applicationId: installation, request, content: [applicationId, change] },
        async () => {
          if (!(await this.applications.update(transaction, applicationId, change)))
            throw new HooklineError('application_not_found');
          return {};
        },
      ),
    );
    return applicationOf(await this.find(applicationId));
  }

  @Answers(getApplicationCredentials)
  async credentials(
    question: z.output<typeof getApplicationCredentials.question>,
  ): Promise<ApplicationCredentials> {
    const { id, number, masterKeySealed, tokenSecretSealed, publicKeys } = await this.find(
      question.applicationId,
    );
    return { id, number, masterKeySealed, tokenSecretSealed, publicKeys };
  }

  private async find(id: string): Promise<ApplicationRow> {
    const application = await this.applications.find(id);
    if (application === null) throw new HooklineError('application_not_found');
    return application;
  }

  private sealed({ appKey, masterKey, hookKey }: { appKey: string; masterKey: string; hookKey: string }): {
    appKeySealed: string;
    masterKeySealed: string;
    hookKeySealed: string;
  } {
    return {
      appKeySealed: this.sealing.seal(appKey),
      masterKeySealed: this.sealing.seal(masterKey),
      hookKeySealed: this.sealing.seal(hookKey),
    };
  }

  private withKeys(row: ApplicationRow): ApplicationWithKeys {
    return {
      ...applicationOf(row),
      appKey: this.sealing.open(row.appKeySealed),
      masterKey: this.sealing.open(row.masterKeySealed),
      hookKey: this.sealing.open(row.hookKeySealed),
      tokenSecret: this.sealing.open(row.tokenSecretSealed),
    };
  }
}

function applicationOf(row: ApplicationRow): z.output<typeof updateApplication.answer> {
  const { id, number, name, publicKeys, eventRetentionDays } = row;
  const hookFailure = row.hookFailure === 'abort' ? 'abort' : 'continue';
  return {
    id,
    number,
    name,
    hookFailure,
    publicKeys,
    eventRetentionDays,
    createdAt: row.createdAt.getTime(),
  };
}
