import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Admission } from '../../admission/admission.port.js';
import { VonageAuthentication } from './auth/vonage-authentication.js';

/** What Vonage's packages ask to report on connections: no token has a path of its acl for it. */
@Controller('v0.3/discovery')
export class VonageDiscoveryController {
  constructor(
    private readonly admission: Admission,
    private readonly authentication: VonageAuthentication,
  ) {}

  /** Where the service is reached, by data centre: there is one place, the one that was asked. */
  @Get('api')
  async api(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<object> {
    await this.requireCaller(request, response);
    const origin = this.admission.origin(request);
    return { hookline: { endpoint: origin, https: origin, ws: origin.replace(/^http/, 'ws') } };
  }

  /** Servers for voice: none. */
  @Get('media/:dataCentre')
  async media(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<object[]> {
    await this.requireCaller(request, response);
    return [];
  }

  /** @throws HooklineError unauthenticated, token_expired, token_revoked, rate_limited */
  private async requireCaller(request: Request, response: Response): Promise<void> {
    const { authorization } = request.headers;
    await this.admission.requestBy(() => this.authentication.ofHeader(authorization), request, response);
  }
}
