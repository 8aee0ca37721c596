import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import type { FileSize } from '#contracts/files.js';
import { Sealing } from '#platform/security/sealing.js';
import { equalSecrets } from '#platform/security/secrets.js';

/** What a link leads to, until when (ms since the epoch). */
export interface Linked {
  readonly applicationId: string;
  readonly fileId: string;
  readonly size: FileSize;
  readonly expires: number;
}

/** Links that speak for themselves: signed with a key that is made from the installation's encryption key. */
@Injectable()
export class FileLinks {
  private readonly key: Buffer;

  constructor(sealing: Sealing) {
    this.key = sealing.keyFor('hookline file links v1');
  }

  /** Path and query. */
  sign(linked: Linked): string {
    const { applicationId, fileId, size, expires } = linked;
    const query = new URLSearchParams({ size, expires: String(expires), signature: this.signature(linked) });
    return `/api/v1/linked-files/${applicationId}/${fileId}?${query.toString()}`;
  }

  /** @throws HooklineError link_not_valid, link_expired */
  check(linked: Linked, signature: string): void {
    if (!equalSecrets(signature, this.signature(linked))) throw new HooklineError('link_not_valid');
    if (linked.expires <= Date.now()) throw new HooklineError('link_expired');
  }

  private signature({ applicationId, fileId, size, expires }: Linked): string {
    return createHmac('sha256', this.key)
      .update(JSON.stringify([applicationId, fileId.toLowerCase(), size, expires]))
      .digest('base64url');
  }
}
