import { Controller } from '@nestjs/common';
import {
  createApplication,
  deleteApplication,
  getApplication,
  listApplications,
  rotateKey,
  updateApplication,
  type Application,
  type ApplicationWithKeys,
} from '#contracts/applications.js';
import { HooklineError } from '#contracts/errors.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import type { Caller } from '../../auth/authentication.port.js';
import { FromRequest, Operates, type Requested } from './operates.js';

/** Tenants and their keys. */
@Controller()
export class ApplicationsController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.createApplication)
  createApplication(
    @FromRequest() { body, idempotency }: Requested<typeof operations.createApplication>,
  ): Promise<ApplicationWithKeys> {
    return this.bus.ask(createApplication, { request: idempotency, application: body });
  }

  @Operates(operations.listApplications)
  listApplications(
    @FromRequest() { query }: Requested<typeof operations.listApplications>,
  ): Promise<unknown> {
    return this.bus.ask(listApplications, { cursor: query.cursor ?? null, limit: query.limit });
  }

  @Operates(operations.getApplication)
  async getApplication(
    @FromRequest() { caller, parameters }: Requested<typeof operations.getApplication>,
  ): Promise<Application> {
    mayManage(caller, parameters.applicationId);
    return this.bus.ask(getApplication, parameters);
  }

  @Operates(operations.updateApplication)
  async updateApplication(
    @FromRequest() { caller, parameters, body, idempotency }: Requested<typeof operations.updateApplication>,
  ): Promise<Application> {
    mayManage(caller, parameters.applicationId);
    if (caller.kind === 'master' && body.eventRetentionDays !== undefined)
      throw new HooklineError('forbidden', 'Changing eventRetentionDays takes the installation key');
    return this.bus.ask(updateApplication, { ...parameters, request: idempotency, change: body });
  }

  @Operates(operations.deleteApplication)
  deleteApplication(
    @FromRequest() { parameters }: Requested<typeof operations.deleteApplication>,
  ): Promise<Application> {
    return this.bus.ask(deleteApplication, parameters);
  }

  @Operates(operations.rotateKey)
  async rotateKey(
    @FromRequest() { caller, parameters, body, idempotency }: Requested<typeof operations.rotateKey>,
  ): Promise<unknown> {
    mayManage(caller, parameters.applicationId);
    return this.bus.ask(rotateKey, { ...parameters, request: idempotency, rotation: body });
  }
}

/**
 * The owner of the installation manages every application, a master key its own. The answer is the same whether another
 * application exists or not.
 *
 * @throws HooklineError forbidden
 */
function mayManage(caller: Exclude<Caller, { kind: 'user' }>, applicationId: string): void {
  if (caller.kind === 'master' && caller.applicationId !== applicationId)
    throw new HooklineError('forbidden', 'This is the master key of another application');
}
