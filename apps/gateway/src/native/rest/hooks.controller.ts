import { Controller } from '@nestjs/common';
import {
  createHook,
  deleteHook,
  getHook,
  listHooks,
  rotateHookSecret,
  updateHook,
} from '#contracts/hooks/registration.js';
import { dryRunHook, listHookRuns, readHookStatistics } from '#contracts/hooks/runs.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** Hooks: whom Hookline asks and tells about what happens. */
@Controller()
export class HooksController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.createHook)
  createHook(
    @FromRequest() { caller, body, idempotency }: Requested<typeof operations.createHook>,
  ): Answered {
    return this.bus.ask(createHook, {
      applicationId: caller.applicationId,
      request: idempotency,
      hook: body,
    });
  }

  @Operates(operations.listHooks)
  listHooks(@FromRequest() { caller }: Requested<typeof operations.listHooks>): Answered {
    return this.bus.ask(listHooks, { applicationId: caller.applicationId });
  }

  @Operates(operations.getHook)
  getHook(@FromRequest() { caller, parameters }: Requested<typeof operations.getHook>): Answered {
    return this.bus.ask(getHook, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.updateHook)
  updateHook(@FromRequest() { caller, parameters, body }: Requested<typeof operations.updateHook>): Answered {
    const { applicationId } = caller;
    return this.bus.ask(updateHook, { applicationId, ...parameters, change: body });
  }

  @Operates(operations.rotateHookSecret)
  rotateHookSecret(
    @FromRequest()
    { caller, parameters, body, idempotency }: Requested<typeof operations.rotateHookSecret>,
  ): Answered {
    const { applicationId } = caller;
    return this.bus.ask(rotateHookSecret, {
      ...{ applicationId, ...parameters },
      ...{ request: idempotency, rotation: body },
    });
  }

  @Operates(operations.dryRunHook)
  dryRunHook(@FromRequest() { caller, parameters, body }: Requested<typeof operations.dryRunHook>): Answered {
    const { applicationId } = caller;
    return this.bus.ask(dryRunHook, { applicationId, ...parameters, dryRun: body });
  }

  @Operates(operations.listHookRuns)
  listHookRuns(
    @FromRequest() { caller, parameters, query }: Requested<typeof operations.listHookRuns>,
  ): Answered {
    const { applicationId } = caller;
    const { cursor = null, limit } = query;
    return this.bus.ask(listHookRuns, { applicationId, ...parameters, cursor, limit });
  }

  @Operates(operations.getHookStatistics)
  getHookStatistics(
    @FromRequest() { caller, parameters }: Requested<typeof operations.getHookStatistics>,
  ): Answered {
    return this.bus.ask(readHookStatistics, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.deleteHook)
  async deleteHook(
    @FromRequest() { caller, parameters }: Requested<typeof operations.deleteHook>,
  ): Promise<void> {
    await this.bus.ask(deleteHook, { applicationId: caller.applicationId, ...parameters });
  }
}
