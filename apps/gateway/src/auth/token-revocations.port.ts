import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { checkToken, tokensRevoked, tokensRevokedSubject, type PresentedToken } from '#contracts/tokens.js';
import { Bus } from '#platform/bus/bus.js';

/** How long an answer is trusted (ms), counted from the question: a revocation whose notice is lost counts this soon. */
const keptFor = 10_000;
const kept = 20_000;

interface TokenOfUser {
  readonly applicationId: string;
  readonly userId: string;
  readonly token: PresentedToken;
}

/** Whether tokens that REST requests come with still count; asked once per while. Sockets are decided in the database. */
@Injectable()
export class TokenRevocations implements OnModuleInit {
  private readonly known = new Map<
    string,
    { readonly isRevoked: Promise<boolean>; readonly until: number }
  >();

  constructor(private readonly bus: Bus) {}

  async onModuleInit(): Promise<void> {
    this.bus.subscribe(tokensRevokedSubject, (payload) => {
      const { applicationId, userId } = tokensRevoked.parse(payload);
      const prefix = prefixOf(applicationId, userId);
      // Answers that are still on their way are forgotten with the rest.
      for (const key of this.known.keys()) if (key.startsWith(prefix)) this.known.delete(key);
    });
    await this.bus.flush();
  }

  /** @throws HooklineError token_revoked */
  async refuseRevoked({ applicationId, userId, token }: TokenOfUser): Promise<void> {
    const key = `${prefixOf(applicationId, userId)}${String(token.issuedAt)}:${token.id ?? ''}`;
    const now = performance.now();
    let entry = this.known.get(key);
    if (entry === undefined || entry.until <= now) {
      const answer = this.bus.ask(checkToken, { applicationId, userId, token });
      entry = { isRevoked: answer.then(({ isRevoked }) => isRevoked), until: now + keptFor };
      if (this.known.size >= kept) this.known.clear();
      this.known.set(key, entry);
    }
    try {
      if (await entry.isRevoked) throw new HooklineError('token_revoked');
    } catch (error) {
      // Also what could not be asked is asked again.
      if (this.known.get(key) === entry) this.known.delete(key);
      throw error;
    }
  }
}

/** Ids of applications and users have no ':'. */
function prefixOf(applicationId: string, userId: string): string {
  return `${applicationId}:${userId}:`;
}
