import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { Authentication } from '../../../auth/authentication.port.js';
import { signatureOf, signedTexts } from '../auth/signatures.js';
import { Clients } from '../clients.js';
import type { Requested, RouteHandlers } from '../requested.js';

type Names = 'checkOnline' | 'countUnread' | 'kick' | 'sign';

/** Who is connected, what waits for them, and letting them in. */
@Injectable()
export class ClientRoutes {
  constructor(
    private readonly clients: Clients,
    private readonly authentication: Authentication,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    checkOnline: (request) => this.clients.online(request, request.body.client_ids),
    countUnread: (request) =>
      this.clients.unread(request, request.parameters.clientId, request.query.conv_id ?? null),
    kick: (request) => this.clients.kick(request, request.parameters.clientId, request.body.reason),
    sign: (request) => this.sign(request),
  };

  /** Whoever shows a user's token gets what lets this user log in. @throws HooklineError unauthenticated, token_expired */
  private async sign({ caller, query }: Requested<'sign'>): Promise<object> {
    const { applicationId } = caller;
    const user = await this.authentication.ofLivingToken(query.session_token);
    if (user.applicationId !== applicationId) throw new HooklineError('unauthenticated');
    const {
      masterKeys: [masterKey = ''],
    } = await this.authentication.keysOf(applicationId);
    const timestamp = Date.now();
    const nonce = randomBytes(8).toString('hex');
    const shown = { clientId: user.userId, timestamp: String(timestamp), nonce };
    const [text = ''] = signedTexts(applicationId, shown, { area: 'login' });
    return { signature: signatureOf(text, masterKey), nonce, client_id: user.userId, timestamp };
  }
}
