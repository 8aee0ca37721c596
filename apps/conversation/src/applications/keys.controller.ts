import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import {
  getApplicationCredentials,
  rotateKey,
  type ApplicationCredentials,
} from '#contracts/applications.js';
import { HooklineError } from '#contracts/errors.js';
import { Answers } from '#platform/bus/answers.js';
import { Sealing } from '#platform/security/sealing.js';
import { ApplicationKeysStore } from '../store/application-keys.store.js';
import { ApplicationsStore } from '../store/applications.store.js';
import { OncePerKey } from '../store/once-per-key.js';
import { signatureAreasOf } from './application-view.js';
import { CredentialsChange } from './credentials-change.js';
import { newKey } from './new-keys.js';

/** Keys of applications: what gateways check credentials with, and their rotation. */
@Controller()
export class KeysController {
  constructor(
    private readonly applications: ApplicationsStore,
    private readonly keys: ApplicationKeysStore,
    private readonly once: OncePerKey,
    private readonly sealing: Sealing,
    private readonly change: CredentialsChange,
  ) {}

  @Answers(rotateKey)
  async rotate(question: z.output<typeof rotateKey.question>): Promise<z.output<typeof rotateKey.answer>> {
    const { applicationId, request, kind, rotation } = question;
    const { sealed, formerValidUntil } = await this.applications.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content: { kind, rotation } }, async () => {
        const fresh = this.sealing.seal(newKey(kind));
        const validUntil = await this.keys.rotate(transaction, applicationId, kind, {
          sealed: fresh,
          overlap: rotation.overlapSeconds * 1_000,
        });
        if (validUntil === null) throw new HooklineError('application_not_found');
        // Sealed, as in the application's row, so that a repeated request gets the key that it has lost.
        return { sealed: fresh, formerValidUntil: validUntil.getTime() };
      }),
    );
    // Also when it was done before: whoever did it may have died before it was known everywhere.
    await this.change.announce(applicationId);
    return { key: this.sealing.open(sealed), formerValidUntil };
  }

  @Answers(getApplicationCredentials)
  async credentials({
    applicationId,
  }: z.output<typeof getApplicationCredentials.question>): Promise<ApplicationCredentials> {
    const application = await this.applications.find(applicationId);
    if (application === null) throw new HooklineError('application_not_found');
    const { id, number, appKeySealed, masterKeySealed, tokenSecretSealed, publicKeys } = application;
    const signatureAreas = signatureAreasOf(application);
    // After the application: a rotation in between shows a key twice rather than not at all.
    const formerKeys = await this.keys.former(applicationId);
    return {
      ...{ id, number, appKeySealed, masterKeySealed, tokenSecretSealed },
      ...{ formerKeys, publicKeys, signatureAreas },
    };
  }
}
