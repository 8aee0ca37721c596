import { Injectable } from '@nestjs/common';
import { getApplicationCredentials } from '#contracts/applications.js';
import { HooklineError } from '#contracts/errors.js';
import { Bus } from '#platform/bus/bus.js';
import { Sealing } from '#platform/security/sealing.js';

export interface OpenedKeys {
  readonly applicationId: string;
  readonly masterKey: string;
  readonly tokenSecret: Uint8Array;
  readonly publicKeys: readonly string[];
}

/** How long keys are trusted without asking again (ms): a rotated key stops working this soon. */
const keptFor = 10_000;
const kept = 10_000;

/** Keys of applications, asked once per while. Opened here, so that they never travel in clear. */
@Injectable()
export class ApplicationKeys {
  private readonly known = new Map<string, { keys: Promise<OpenedKeys | null>; until: number }>();

  constructor(
    private readonly bus: Bus,
    private readonly sealing: Sealing,
  ) {}

  /** Null: there is no such application. */
  async of(applicationId: string): Promise<OpenedKeys | null> {
    const now = performance.now();
    const entry = this.known.get(applicationId);
    if (entry !== undefined && entry.until > now) return entry.keys;
    const keys = this.ask(applicationId);
    if (this.known.size >= kept) this.known.clear();
    this.known.set(applicationId, { keys, until: now + keptFor });
    try {
      const opened = await keys;
      if (opened === null) this.known.delete(applicationId);
      return opened;
    } catch (error) {
      this.known.delete(applicationId);
      throw error;
    }
  }

  private async ask(applicationId: string): Promise<OpenedKeys | null> {
    try {
      const answer = await this.bus.ask(getApplicationCredentials, { applicationId });
      return {
        applicationId: answer.id,
        masterKey: this.sealing.open(answer.masterKeySealed),
        tokenSecret: new TextEncoder().encode(this.sealing.open(answer.tokenSecretSealed)),
        publicKeys: answer.publicKeys,
      };
    } catch (error) {
      if (error instanceof HooklineError && error.code === 'application_not_found') return null;
      throw error;
    }
  }
}
