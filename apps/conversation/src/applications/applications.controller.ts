import { Controller, type OnApplicationBootstrap } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import {
  createApplication,
  getApplication,
  listApplications,
  updateApplication,
  type Application,
  type ApplicationWithKeys,
} from '#contracts/applications.js';
import { decodeCursor, encodeCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { Answers } from '#platform/bus/answers.js';
import { Sealing } from '#platform/security/sealing.js';
import { ConversationConfiguration } from '../conversation.config.js';
import { ApplicationsStore, type ApplicationRow } from '../store/applications.store.js';
import { OncePerKey } from '../store/once-per-key.js';
import { applicationOf } from './application-view.js';
import { CredentialsChange } from './credentials-change.js';
import { newKey } from './new-keys.js';

/** Requests of the installation's owner belong to no application. */
const installation = '';

@Controller()
export class ApplicationsController implements OnApplicationBootstrap {
  constructor(
    private readonly applications: ApplicationsStore,
    private readonly once: OncePerKey,
    private readonly sealing: Sealing,
    private readonly configuration: ConversationConfiguration,
    private readonly change: CredentialsChange,
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
      tokenSecretSealed: this.sealing.seal(newKey('tokenSecret')),
    });
  }

  @Answers(createApplication)
  async create(question: z.output<typeof createApplication.question>): Promise<ApplicationWithKeys> {
    const { request, application } = question;
    const id = await this.applications.transaction((transaction) =>
      this.once.run(transaction, { applicationId: installation, request, content: application }, async () => {
        const {
          id: wantedId = uuidv7(),
          appKey = newKey('appKey'),
          masterKey = newKey('masterKey'),
          hookKey = newKey('hookKey'),
          ...settings
        } = application;
        const creation = await this.applications.create(transaction, {
          id: wantedId,
          ...settings,
          ...this.sealed({ appKey, masterKey, hookKey }),
          tokenSecretSealed: this.sealing.seal(newKey('tokenSecret')),
        });
        if (creation === 'taken') throw new HooklineError('application_exists');
        if (creation === 'deleted') throw new HooklineError('application_deleted');
        return wantedId;
      }),
    );
    const created = await this.applications.find(id);
    // By a repeated request: it was deleted since.
    if (created === null) throw new HooklineError('application_deleted');
    return this.withKeys(created);
  }

  @Answers(listApplications)
  async list({
    cursor,
    limit,
  }: z.output<typeof listApplications.question>): Promise<z.output<typeof listApplications.answer>> {
    const after = cursor === null ? 0n : decodeCursor(cursor);
    // Numbers are PostgreSQL's four-byte integers; a cursor beyond them is none of ours.
    if (after > 0x7fff_ffffn) throw new HooklineError('invalid_cursor');
    const rows = await this.applications.list(Number(after), limit + 1);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      applications: page.map(applicationOf),
      nextCursor: last === undefined ? null : encodeCursor(last.number),
    };
  }

  @Answers(getApplication)
  async get({ applicationId }: z.output<typeof getApplication.question>): Promise<Application> {
    const application = await this.applications.findAtAll(applicationId);
    if (application === null) throw new HooklineError('application_not_found');
    return applicationOf(application);
  }

  @Answers(updateApplication)
  async update(question: z.output<typeof updateApplication.question>): Promise<Application> {
    const { applicationId, request, change } = question;
    await this.applications.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: change }, async () => {
        if (!(await this.applications.update(transaction, applicationId, change)))
          throw new HooklineError('application_not_found');
        return {};
      }),
    );
    if (change.publicKeys !== undefined || change.signatureAreas !== undefined)
      await this.change.announce(applicationId);
    return applicationOf(await this.find(applicationId));
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
