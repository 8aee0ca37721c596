import { Controller } from '@nestjs/common';
import {
  createHookServer,
  deleteHookServer,
  getHookServer,
  listHookServers,
  refreshHookServer,
  updateHookServer,
} from '#contracts/hooks/servers.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { Sealing } from '#platform/security/sealing.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;
type OfServer = Requested<typeof operations.getHookServer>;

/** Servers that say by themselves which hooks they have. Their keys leave this process sealed. */
@Controller()
export class HookServersController {
  constructor(
    private readonly bus: Bus,
    private readonly sealing: Sealing,
  ) {}

  @Operates(operations.createHookServer)
  create(
    @FromRequest() { caller, body, idempotency }: Requested<typeof operations.createHookServer>,
  ): Answered {
    return this.bus.ask(createHookServer, {
      applicationId: caller.applicationId,
      request: idempotency,
      server: { ...body, credentials: this.sealed(body.credentials) },
    });
  }

  @Operates(operations.listHookServers)
  list(@FromRequest() { caller }: Requested<typeof operations.listHookServers>): Answered {
    return this.bus.ask(listHookServers, { applicationId: caller.applicationId });
  }

  @Operates(operations.getHookServer)
  get(@FromRequest() { caller, parameters }: OfServer): Answered {
    return this.bus.ask(getHookServer, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.updateHookServer)
  update(@FromRequest() request: Requested<typeof operations.updateHookServer>): Answered {
    const { caller, parameters, body, idempotency } = request;
    const { credentials, ...rest } = body;
    return this.bus.ask(updateHookServer, {
      applicationId: caller.applicationId,
      ...parameters,
      request: idempotency,
      patch: { ...rest, ...(credentials && { credentials: this.sealed(credentials) }) },
    });
  }

  @Operates(operations.deleteHookServer)
  async delete(@FromRequest() { caller, parameters }: OfServer): Promise<void> {
    await this.bus.ask(deleteHookServer, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.refreshHookServer)
  refresh(@FromRequest() { caller, parameters }: OfServer): Answered {
    return this.bus.ask(refreshHookServer, { applicationId: caller.applicationId, ...parameters });
  }

  private sealed(credentials: object): string {
    return this.sealing.seal(JSON.stringify(credentials));
  }
}
