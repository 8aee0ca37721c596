import { Controller, Res } from '@nestjs/common';
import type { Response } from 'express';
import { sendEphemeralEvent } from '#contracts/ephemeral.js';
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
    @FromRequest() { caller, parameters, body, address }: Requested<typeof operations.sendEphemeralEvent>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<unknown> {
    const { name, data, senderId, to } = body;
    const { isDropped } = await this.bus.ask(sendEphemeralEvent, {
      applicationId: caller.applicationId,
      ...parameters,
      senderId: namedUser(caller, senderId, '/senderId'),
      asMaster: caller.kind === 'master',
      sessionId: null,
      origin: { address, dialect: 'native' },
      to,
      said: { kind: 'event', name, data },
    });
    if (!isDropped) return undefined;
    response.status(200);
    return { dropped: true };
  }
}
