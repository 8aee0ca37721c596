import { All, Controller, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HooklineError } from '#contracts/errors.js';
import { idempotencyKey } from '#contracts/identifiers.js';
import { Admission } from '../../admission/admission.port.js';
import { LeanCloudAuthentication } from './auth/leancloud-authentication.js';
import { Dispatcher } from './dispatcher.js';
import { LeanCloudError } from './leancloud-error.js';
import { answerOf } from './leancloud-errors.port.js';

/** LeanCloud's REST API, as far as `libs/contracts/src/leancloud/routes` has it. It translates and decides nothing. */
@Controller()
export class LeanCloudController {
  constructor(
    private readonly admission: Admission,
    private readonly authentication: LeanCloudAuthentication,
    private readonly dispatcher: Dispatcher,
  ) {}

  @All(['1.1/*path', '1.2/*path'])
  async answer(@Req() request: Request, @Res() response: Response): Promise<void> {
    try {
      const { caller, address } = await this.admission.requestBy(
        () => this.authentication.of(request.headers, request.body),
        request,
        response,
      );
      const { method, path, query } = request;
      const { status, body } = await this.dispatcher.dispatch({
        ...{ method, path, query, caller, address },
        body: request.body as unknown,
        idempotencyKey: idempotencyKeyOf(request),
      });
      response.status(status).json(body);
    } catch (error) {
      // The filter knows nothing of where it has come from.
      if (!(error instanceof LeanCloudError)) throw error;
      const { status, headers, mediaType, body } = answerOf(error);
      response.status(status).set(headers).type(mediaType).send(JSON.stringify(body));
    }
  }
}

/** @throws HooklineError invalid_request */
function idempotencyKeyOf({ headers }: Request): string | null {
  const header = headers['idempotency-key'];
  if (header === undefined) return null;
  const key = idempotencyKey.safeParse(header);
  if (!key.success)
    throw new HooklineError(
      'invalid_request',
      'The Idempotency-Key must be 1 to 200 visible ASCII characters',
    );
  return key.data;
}
