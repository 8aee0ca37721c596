import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { ConversationBody } from '#contracts/vonage/routes/conversation-routes.js';
import { setCallback } from '#contracts/webhooks/callbacks.js';
import { Bus } from '#platform/bus/bus.js';
import type { VonageCaller } from './auth/vonage-authentication.js';
import { VonageError } from './vonage-error.js';

/** Where the events of one conversation are sent besides. */
@Injectable()
export class Callbacks {
  constructor(private readonly bus: Bus) {}

  /**
   * By servers alone: whoever sets one reads everything, whatever a hook addresses to others.
   *
   * @param callback null: none from now on; undefined: nothing is said of it
   * @throws HooklineError forbidden. @throws VonageError http:error:validation-fail
   */
  async set(
    caller: VonageCaller,
    conversationId: string,
    callback: ConversationBody['callback'],
  ): Promise<void> {
    if (callback === undefined) return;
    if (caller.kind === 'user')
      throw new HooklineError('forbidden', '`callback` is set with a token without `sub` alone');
    try {
      await this.bus.ask(setCallback, {
        applicationId: caller.applicationId,
        conversationId,
        callback: callback && {
          url: callback.url,
          types: callback.event_mask ?? [],
          params: callback.params === undefined ? null : definedOf(callback.params),
        },
      });
    } catch (error) {
      if (!(error instanceof HooklineError) || error.code !== 'address_not_allowed') throw error;
      throw new VonageError(400, 'http:error:validation-fail', 'Input validation failure.', {
        parameters: [{ name: 'callback.url', reason: '"callback.url" has an address that is not allowed' }],
      });
    }
  }
}

function definedOf(params: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
