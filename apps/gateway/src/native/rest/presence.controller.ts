import { Controller } from '@nestjs/common';
import { readPresence } from '#contracts/presence.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { actorOf } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

/** Who is online. */
@Controller()
export class PresenceController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.listPresences)
  list(@FromRequest() { caller, query }: Requested<typeof operations.listPresences>): Promise<unknown> {
    const { applicationId } = caller;
    return this.bus.ask(readPresence, { applicationId, actor: actorOf(caller), userIds: query.userIds });
  }
}
