import { Controller } from '@nestjs/common';
import { sendSignal } from '#contracts/ephemeral.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { namedUser } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

/** What is stored nowhere. */
@Controller()
export class EphemeralController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.sendEphemeralEvent)
  async send(
    @FromRequest() { caller, parameters, body }: Requested<typeof operations.sendEphemeralEvent>,
  ): Promise<void> {
    const { name, data, senderId } = body;
    await this.bus.ask(sendSignal, {
      applicationId: caller.applicationId,
      ...parameters,
      senderId: namedUser(caller, senderId, '/senderId'),
      asMaster: caller.kind === 'master',
      sessionId: null,
      said: { kind: 'event', name, data },
    });
  }
}
