import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { invalidRequest } from '#contracts/errors.js';
import { Admission } from '../../../admission/admission.port.js';
import { Dispatcher } from '../dispatcher.js';
import type { LoggedInClient } from './connection.js';

/** Which events the old SDK for iOS sends by its socket instead of by REST. */
export const saidBySocket = ['text:seen', 'text:delivered', 'text:typing:on', 'text:typing:off'] as const;

const saidEvent = z.object({ cid: z.string().min(1).max(200), from: z.unknown(), body: z.unknown() });

/** Requests that come by a socket: answered as if they had come by REST. */
@Injectable()
export class SocketRequests {
  constructor(
    private readonly admission: Admission,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** @throws VonageError as over REST. @throws HooklineError rate_limited, invalid_request */
  async sendEvent({ caller, address }: LoggedInClient, type: string, said: unknown): Promise<void> {
    this.admission.call(caller);
    const parsed = saidEvent.safeParse(said);
    if (!parsed.success) throw invalidRequest(parsed.error);
    const { cid, from, body } = parsed.data;
    await this.dispatcher.dispatch({
      ...{ method: 'POST', path: `/beta/conversations/${encodeURIComponent(cid)}/events`, query: {} },
      ...{ caller, address, root: '', body: { type, from, body }, text: '' },
    });
  }
}
