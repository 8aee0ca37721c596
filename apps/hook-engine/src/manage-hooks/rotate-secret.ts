import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { rotateHookSecret } from '#contracts/hooks/registration.js';
import { limits } from '#contracts/limits.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict } from '#platform/idempotency/idempotent-requests.js';
import { newSigningSecret } from '#platform/outgoing/signature.js';
import { rotated } from '#platform/security/rotation.js';
import { Sealing } from '#platform/security/sealing.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import { HooksStore } from '../store/hooks.store.js';
import { RegistryStore, type RegistryChanged } from '../store/registry.store.js';
import { ownHook } from './own-hook.js';

type Question = z.output<typeof rotateHookSecret.question>;

/** What is kept of a rotation for those who ask again: sealed. */
interface Rotation {
  readonly secretSealed: string;
  readonly formerValidUntil: number;
}

@Injectable()
export class RotateSecret {
  constructor(
    private readonly hooks: HooksStore,
    private readonly registry: RegistryStore,
    private readonly change: RegistryChange,
    private readonly sealing: Sealing,
  ) {}

  /**
   * Of the secrets before, only the last one signs as well, and only for as long as is asked for.
   *
   * @throws HooklineError hook_not_found, hook_of_server, idempotency_key_reused
   */
  async rotate(question: Question): Promise<z.output<typeof rotateHookSecret.answer>> {
    const { version, outcome } = await this.once(question);
    // When this is a repetition, the first attempt may have ended before it could announce its change.
    await this.change.announce(question.applicationId, version);
    const { secretSealed, formerValidUntil } = outcome;
    return { secret: this.sealing.open(secretSealed), formerValidUntil };
  }

  private async once({
    applicationId,
    hookId,
    request,
    rotation,
  }: Question): Promise<RegistryChanged<Rotation>> {
    const fingerprint = fingerprintOf({ hookId, rotation });
    const work = { applicationId, request, fingerprint, retention: limits.idempotencyRetention };
    try {
      return await this.registry.changeOnce(work, async (transaction): Promise<Rotation> => {
        const hook = await ownHook(this.hooks, transaction, applicationId, hookId);
        const { overlapSeconds } = rotation;
        const { former, formerUntil, formerValidUntil } = rotated({
          former: hook.secretSealed,
          overlapSeconds,
        });
        const secretSealed = this.sealing.seal(newSigningSecret());
        const changes = { secretSealed, formerSecretSealed: former, formerSecretUntil: formerUntil };
        await this.hooks.update(transaction, applicationId, hookId, changes);
        return { secretSealed, formerValidUntil };
      });
    } catch (error) {
      throw error instanceof IdempotencyConflict ? new HooklineError('idempotency_key_reused') : error;
    }
  }
}
