import { All, Controller, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Admission } from '../../admission/admission.port.js';
import { textOfBody } from '../../http/body-parsers.port.js';
import { VonageAuthentication } from './auth/vonage-authentication.js';
import { Dispatcher } from './dispatcher.js';
import { stringifyExactly } from '#contracts/vonage/exact-json.js';
import { VonageError } from './vonage-error.js';
import { answerOf } from './vonage-errors.port.js';

/** Vonage's Conversation API, as far as `libs/contracts/src/vonage/routes` has it. It translates and decides nothing. */
@Controller()
export class VonageController {
  constructor(
    private readonly admission: Admission,
    private readonly authentication: VonageAuthentication,
    private readonly dispatcher: Dispatcher,
  ) {}

  @All(['beta/*path', 'beta2/*path', 'v0.1/*path', 'v0.2/*path', 'v0.3/*path', 'v1/*path'])
  async answer(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { method, path, query } = request;
    try {
      const { caller, address } = await this.admission.requestBy(
        () => this.authentication.ofHeader(request.headers.authorization),
        request,
        response,
      );
      const { status, body } = await this.dispatcher.dispatch({
        ...{ method, path, query, caller, address },
        root: this.admission.origin(request),
        body: request.body as unknown,
        text: textOfBody(request),
      });
      response.status(status);
      if (body === undefined) response.end();
      else response.type('application/json').send(stringifyExactly(body));
    } catch (error) {
      // The filter knows nothing of where it has come from.
      if (!(error instanceof VonageError)) throw error;
      const answer = answerOf(error, path);
      response.status(answer.status).set(answer.headers).type(answer.mediaType);
      response.send(JSON.stringify(answer.body));
    }
  }
}
