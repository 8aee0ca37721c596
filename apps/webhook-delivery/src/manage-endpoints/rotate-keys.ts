import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { rotateWebhookKey, rotateWebhookSecret } from '#contracts/webhooks/registration.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict } from '#platform/idempotency/idempotent-requests.js';
import { newSigningSecret } from '#platform/outgoing/signature.js';
import { rotated } from '#platform/security/rotation.js';
import { Sealing } from '#platform/security/sealing.js';
import { EndpointsStore, type ChangedEndpoint, type StoredEndpoint } from '../store/endpoints.store.js';
import { newKey } from './new-key.js';
import { SharedSecret } from './shared-secret.js';

type Question = z.output<typeof rotateWebhookSecret.question>;

/** A secret or key takes the place of another, which may go on signing for a while beside it. */
@Injectable()
export class RotateKeys {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly sealing: Sealing,
    private readonly sharedSecret: SharedSecret,
  ) {}

  /** @throws HooklineError webhook_not_found, idempotency_key_reused */
  async secret(question: Question): Promise<z.output<typeof rotateWebhookSecret.answer>> {
    // What is kept of it for those who ask again is sealed.
    const { secretSealed, formerValidUntil } = await this.once('secret', question, (endpoint) => {
      const { overlapSeconds } = question.rotation;
      const { former, formerUntil, formerValidUntil } = rotated({
        former: endpoint.secretSealed,
        overlapSeconds,
      });
      const secretSealed = this.sealing.seal(newSigningSecret());
      return {
        changes: { secretSealed, formerSecretSealed: former, formerSecretUntil: formerUntil },
        outcome: { secretSealed, formerValidUntil },
      };
    });
    return { secret: this.sealing.open(secretSealed), formerValidUntil };
  }

  /** @throws HooklineError webhook_not_found, idempotency_key_reused */
  key(question: Question): Promise<z.output<typeof rotateWebhookKey.answer>> {
    return this.once('key', question, ({ keySealed, publicKey }) => {
      const { overlapSeconds } = question.rotation;
      const { former, formerUntil, formerValidUntil } = rotated({ former: keySealed, overlapSeconds });
      const made = newKey(this.sealing);
      return {
        changes: {
          ...made,
          formerKeySealed: former,
          formerPublicKey: former === null ? null : publicKey,
          formerKeyUntil: formerUntil,
        },
        outcome: { publicKey: made.publicKey, formerValidUntil },
      };
    });
  }

  private async once<Outcome>(
    what: 'secret' | 'key',
    { applicationId, webhookId, request, rotation }: Question,
    rotate: (endpoint: StoredEndpoint) => {
      readonly changes: ChangedEndpoint;
      readonly outcome: Outcome;
    },
  ): Promise<Outcome> {
    const fingerprint = fingerprintOf({ what, webhookId: webhookId.toLowerCase(), rotation });
    const work = { applicationId, request, fingerprint, retention: limits.idempotencyRetention };
    try {
      return await this.endpoints.once(work, async (transaction) => {
        const endpoint = await this.endpoints.findAlone(transaction, applicationId, webhookId);
        if (endpoint === null) throw new HooklineError('webhook_not_found');
        const { changes, outcome } = rotate(endpoint);
        const changed = await this.endpoints.update(transaction, endpoint.id, changes);
        if (what === 'secret') await this.sharedSecret.changed(transaction, changed);
        return outcome;
      });
    } catch (error) {
      throw error instanceof IdempotencyConflict ? new HooklineError('idempotency_key_reused') : error;
    }
  }
}
