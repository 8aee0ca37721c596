import { Controller, Res } from '@nestjs/common';
import type { Response } from 'express';
import { deleteBroadcast, listBroadcasts, sendBroadcast } from '#contracts/broadcasts.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { Admission } from '../../admission/admission.port.js';
import { FromRequest, Operates, type Requested } from './operates.js';
import { changeBy } from './questions.js';

type Answered = Promise<unknown>;

/** Messages for all users of an application. */
@Controller()
export class BroadcastsController {
  constructor(
    private readonly bus: Bus,
    private readonly admission: Admission,
  ) {}

  @Operates(operations.sendBroadcast)
  async send(
    @FromRequest() request: Requested<typeof operations.sendBroadcast>,
    @Res({ passthrough: true }) response: Response,
  ): Answered {
    const { caller, body } = request;
    this.admission.broadcast(caller.applicationId);
    const question = { ...changeBy(request), push: null, validTill: null, ...body };
    const { outcome, ...answer } = await this.bus.ask(sendBroadcast, question);
    if (outcome !== 'dropped') return answer;
    response.status(200);
    return { dropped: true };
  }

  @Operates(operations.listBroadcasts)
  list(@FromRequest() { caller, query }: Requested<typeof operations.listBroadcasts>): Answered {
    const { conversationId = null, cursor = null, limit } = query;
    const { applicationId } = caller;
    return this.bus.ask(listBroadcasts, { applicationId, conversationId, cursor, limit });
  }

  @Operates(operations.deleteBroadcast)
  async delete(@FromRequest() request: Requested<typeof operations.deleteBroadcast>): Promise<void> {
    await this.bus.ask(deleteBroadcast, changeBy(request));
  }
}
