import { Injectable } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import {
  credentialsLease,
  getApplicationCredentials,
  type ApplicationCredentials,
  type ApplicationKey,
  type SignatureArea,
} from '#contracts/applications.js';
import { HooklineError } from '#contracts/errors.js';
import { Bus } from '#platform/bus/bus.js';
import { Sealing } from '#platform/security/sealing.js';

export interface OpenedKeys {
  readonly applicationId: string;
  /** Of each the present one first, then former ones that are still valid. */
  readonly appKeys: readonly string[];
  readonly masterKeys: readonly string[];
  readonly tokenSecrets: readonly [Uint8Array, ...Uint8Array[]];
  readonly publicKeys: readonly string[];
  readonly signatureAreas: readonly SignatureArea[];
}

/** With the time (ms, this process's clock) until which they may be trusted. */
type TrustedKeys = OpenedKeys & { readonly until: number };

const kept = 10_000;

/**
 * Keys of applications, asked once per while and trusted for `credentialsLease` from the moment of asking, or until they
 * are said to have changed. Opened here, so that they never travel in clear.
 */
@Injectable()
export class ApplicationKeys {
  /** Names this process to those who change keys: they wait until it has forgotten the former ones. */
  readonly replica = uuidv4();
  private readonly known = new Map<string, { keys: Promise<TrustedKeys | null>; until: number }>();

  constructor(
    private readonly bus: Bus,
    private readonly sealing: Sealing,
  ) {}

  /** Null: there is no such application. */
  async of(applicationId: string): Promise<OpenedKeys | null> {
    const now = performance.now();
    const entry = this.known.get(applicationId);
    if (entry !== undefined && entry.until > now) return entry.keys;
    const fresh = { keys: this.ask(applicationId, now), until: now + credentialsLease };
    if (this.known.size >= kept) this.known.clear();
    this.known.set(applicationId, fresh);
    // What was forgotten meanwhile may be used once, but not kept; another's entry is not ours to delete.
    const forget = (): void => {
      if (this.known.get(applicationId) === fresh) this.known.delete(applicationId);
    };
    try {
      const opened = await fresh.keys;
      if (opened === null) forget();
      else fresh.until = Math.min(fresh.until, opened.until);
      return opened;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** They have changed. */
  forget(applicationId: string): void {
    this.known.delete(applicationId);
  }

  private async ask(applicationId: string, askedAt: number): Promise<TrustedKeys | null> {
    try {
      const answer = await this.bus.ask(getApplicationCredentials, { applicationId, replica: this.replica });
      const soonest = Math.min(credentialsLease, ...answer.formerKeys.map(({ validFor }) => validFor));
      return {
        applicationId: answer.id,
        appKeys: [...this.opened(answer.appKeySealed), ...this.former(answer, 'appKey')],
        masterKeys: [this.sealing.open(answer.masterKeySealed), ...this.former(answer, 'masterKey')],
        tokenSecrets: [
          encoded(this.sealing.open(answer.tokenSecretSealed)),
          ...this.former(answer, 'tokenSecret').map(encoded),
        ],
        publicKeys: answer.publicKeys,
        signatureAreas: answer.signatureAreas,
        // Counted from the moment of asking, which came before the answer's: no key is trusted for longer than it is valid.
        until: askedAt + soonest,
      };
    } catch (error) {
      if (error instanceof HooklineError && error.code === 'application_not_found') return null;
      throw error;
    }
  }

  private opened(sealed: string | undefined): string[] {
    return sealed === undefined ? [] : [this.sealing.open(sealed)];
  }

  private former({ formerKeys }: ApplicationCredentials, wanted: ApplicationKey): string[] {
    return formerKeys.filter(({ kind }) => kind === wanted).map(({ sealed }) => this.sealing.open(sealed));
  }
}

function encoded(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
