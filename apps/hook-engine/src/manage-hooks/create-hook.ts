import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { createHook, Hook } from '#contracts/hooks/registration.js';
import { limits } from '#contracts/limits.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict } from '#platform/idempotency/idempotent-requests.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { newSigningSecret } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import { HooksStore } from '../store/hooks.store.js';
import { RegistryStore, type RegistryChanged } from '../store/registry.store.js';
import { recordedUntil } from './record-contents.js';
import { hookView } from './hook-view.js';

type Question = z.output<typeof createHook.question>;
type Answer = z.output<typeof createHook.answer>;

/** What is kept of a registration for those who ask again: sealed, like everything that is secret. */
interface Registration {
  readonly hook: Hook;
  readonly secretSealed: string;
}

@Injectable()
export class CreateHook {
  constructor(
    private readonly hooks: HooksStore,
    private readonly registry: RegistryStore,
    private readonly change: RegistryChange,
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
  ) {}

  /**
   * Answers when the hook is asked about every message that is sent from now on.
   *
   * @throws HooklineError address_not_allowed, too_many_hooks, idempotency_key_reused
   */
  async create(question: Question): Promise<Answer> {
    const address = await this.outgoing.checkUrl(question.hook.url);
    const { version, outcome } = await this.register(question, address === 'allowed');
    // When this is a repetition, the first attempt may have ended before it could announce its change.
    await this.change.announce(question.applicationId, version);
    return { ...outcome.hook, secret: this.sealing.open(outcome.secretSealed) };
  }

  private async register(
    { applicationId, request, hook }: Question,
    isAllowed: boolean,
  ): Promise<RegistryChanged<Registration>> {
    const fingerprint = fingerprintOf(hook);
    const once = { applicationId, request, fingerprint, retention: limits.idempotencyRetention };
    try {
      return await this.registry.changeOnce(once, async (transaction): Promise<Registration> => {
        if (!isAllowed) throw new HooklineError('address_not_allowed');
        const count = await this.hooks.count(transaction, applicationId);
        if (count >= limits.hooksPerApplication) throw new HooklineError('too_many_hooks');
        const secretSealed = this.sealing.seal(newSigningSecret());
        const { recordContents, ...fields } = hook;
        const created = {
          ...{ ...fields, recordContentsUntil: recordedUntil(recordContents) },
          ...{ id: uuidv7(), applicationId, createdAt: new Date() },
          ...{ secretSealed, formerSecretSealed: null, formerSecretUntil: null },
          ...{ protocol: 'http' as const, serverId: null },
        };
        await this.hooks.insert(transaction, created);
        return { hook: hookView(created, { state: 'closed', retryAt: null }), secretSealed };
      });
    } catch (error) {
      throw error instanceof IdempotencyConflict ? new HooklineError('idempotency_key_reused') : error;
    }
  }
}
