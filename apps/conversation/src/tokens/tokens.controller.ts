import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { checkToken, issueToken, revokeToken, revokeTokens } from '#contracts/tokens.js';
import { Answers } from '#platform/bus/answers.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import { SessionEnds } from '../sessions/session-ends.port.js';
import { OncePerKey } from '../store/once-per-key.js';
import { SessionEndsStore, type EndedSession } from '../store/session-ends.store.js';
import { TokensStore } from '../store/tokens.store.js';

/** Which tokens count. Their signatures are the gateways' business. */
@Controller()
export class TokensController {
  constructor(
    private readonly tokens: TokensStore,
    private readonly sessions: SessionEndsStore,
    private readonly ends: SessionEnds,
    private readonly once: OncePerKey,
    private readonly live: LivePublisher,
  ) {}

  @Answers(issueToken)
  async issue({
    applicationId,
    userId,
  }: z.output<typeof issueToken.question>): Promise<z.output<typeof issueToken.answer>> {
    const issuedAt = await this.tokens.issue(applicationId, userId);
    if (issuedAt === null) throw new HooklineError('user_not_found');
    return { issuedAt: issuedAt.getTime() };
  }

  @Answers(checkToken)
  async check({
    applicationId,
    userId,
    token,
  }: z.output<typeof checkToken.question>): Promise<z.output<typeof checkToken.answer>> {
    return { isRevoked: await this.tokens.isRevoked(applicationId, userId, token) };
  }

  @Answers(revokeToken)
  async revoke({ tokenId, expiresAt, ...user }: z.output<typeof revokeToken.question>): Promise<object> {
    const ended = await this.sessions.transaction(async (transaction) => {
      await this.ends.lockUser(transaction, user);
      const expires = expiresAt === null ? null : new Date(expiresAt);
      await this.tokens.revoke(transaction, { ...user, tokenId, expiresAt: expires });
      return this.ends.endOf(transaction, user, { of: 'token', tokenId }, 'revoked', null);
    });
    this.tell(user, ended);
    return {};
  }

  @Answers(revokeTokens)
  async revokeAll({ request, ...user }: z.output<typeof revokeTokens.question>): Promise<object> {
    const { applicationId, userId } = user;
    let ended: EndedSession[] = [];
    const content = ['revokeTokens', userId];
    await this.sessions.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content }, async () => {
        await this.ends.lockUser(transaction, user);
        await this.tokens.revokeAll(transaction, applicationId, userId);
        ended = await this.ends.endOf(transaction, user, { of: 'revoked_tokens' }, 'revoked', null);
        return {};
      }),
    );
    this.tell(user, ended);
    return {};
  }

  private tell(
    user: { readonly applicationId: string; readonly userId: string },
    ended: readonly EndedSession[],
  ): void {
    this.live.tokensRevoked(user.applicationId, user.userId);
    this.ends.tell(ended);
  }
}
