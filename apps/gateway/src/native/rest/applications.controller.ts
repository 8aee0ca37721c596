import { Controller } from '@nestjs/common';
import { createApplication, updateApplication, type ApplicationWithKeys } from '#contracts/applications.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
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

  @Operates(operations.updateApplication)
  updateApplication(
    @FromRequest() { parameters, body, idempotency }: Requested<typeof operations.updateApplication>,
  ): Promise<unknown> {
    return this.bus.ask(updateApplication, { ...parameters, request: idempotency, change: body });
  }
}
