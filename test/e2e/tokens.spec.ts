import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { io } from 'socket.io-client';
import type { ErrorCode, WireError } from '#contracts/errors.js';
import { operations } from '#contracts/rest/operations.js';
import { Database } from '#platform/database/database.js';
import { TokensStore } from '../../apps/conversation/src/store/tokens.store.js';
import { TestUser, type TestApplication } from '../harness/application.js';
import { ConnectionRefused, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { requestOf } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
});

/** What REST says to this token at every gateway: "ok" or the error's code. */
async function restSays(user: TestUser): Promise<string[]> {
  return Promise.all(
    world.gateways.map(async (_gateway, index) => {
      const { status, body } = await world.rest(requestOf(operations.listConversations, { as: user }), index);
      return status === 200 ? 'ok' : (body as WireError).code;
    }),
  );
}

async function expectRest(user: TestUser, code: ErrorCode | 'ok', patience?: number): Promise<void> {
  await eventually(async () => {
    expect(new Set(await restSays(user))).toEqual(new Set([code]));
  }, patience);
}

async function expectRefused(user: TestUser, code: ErrorCode): Promise<void> {
  for (const gateway of world.gateways.keys()) {
    const refusal = await user.connect({ gateway }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(ConnectionRefused);
    expect((refusal as ConnectionRefused).error).toMatchObject({ code });
  }
}

async function expectEnded(client: Client, code: ErrorCode): Promise<void> {
  await eventually(() => {
    expect(client.closing).toMatchObject({ code });
    expect(client.isConnected).toBe(false);
  });
}

async function endReason(client: Client): Promise<unknown> {
  const [row] = await world.database.sql(
    `SELECT reason::text FROM conversation.session_change WHERE session_id = $1::uuid AND kind = 'offline'`,
    client.ready.sessionId,
  );
  return row?.['reason'];
}

describe('a token that is revoked', () => {
  test('ends its sockets and opens no more, REST refuses it; other tokens of the user go on', async () => {
    const other = await application.known('tom');
    const [client, staying] = [await tom.connect({ gateway: 1 }), await other.connect()];
    await expectRest(tom, 'ok');
    await expectRest(other, 'ok');
    await application.revokeToken(tom);
    await expectEnded(client, 'token_revoked');
    expect(await endReason(client)).toBe('revoked');
    await expectRefused(tom, 'token_revoked');
    await expectRest(tom, 'token_revoked');
    expect(staying.isConnected).toBe(true);
    await expectRest(other, 'ok');
    // Safe to repeat.
    await application.revokeToken(tom);
  });

  test('by its user, who shows it', async () => {
    const parameters = { userId: 'tom' };
    await world.call(operations.revokeToken, { as: tom, parameters, body: { token: tom.token } });
    await expectRefused(tom, 'token_revoked');
    await expectRest(tom, 'token_revoked');
  });

  test('is refused by REST within 10 seconds when the gateways are not told', async () => {
    await expectRest(tom, 'ok');
    const database = new Database(
      {
        DATABASE_URL: world.database.url,
        HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
        HOOKLINE_DATABASE_CONNECTIONS: 2,
      },
      'token-test',
    );
    await new TokensStore(database).revoke(database.client, {
      applicationId: application.id,
      userId: 'tom',
      tokenId: tom.tokenId,
      expiresAt: null,
    });
    await database.close();
    await expectRest(tom, 'token_revoked', 15_000);
  });

  test('does nothing on a socket that has not been told yet', async () => {
    const group = await application.group([tom, await application.user('jerry')]);
    await application.revokeToken(tom);
    const socket = io(world.gateways[0]!.url, {
      auth: { token: tom.token },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    const command = { conversationId: group.id, content: { type: 'text', text: 'never said' } };
    const closed = new Promise<void>((resolve) => socket.once('disconnect', () => resolve()));
    let answer: unknown;
    socket.emit('message.send', command, (given: unknown) => (answer = given));
    await closed;
    expect([undefined, 'token_revoked']).toContain(
      (answer as { error?: WireError } | undefined)?.error?.code,
    );
    expect(await (await application.known('jerry')).history(group)).toHaveLength(1);
  });
});

describe('all tokens of a user', () => {
  test('until now are revoked: those minted right after count', async () => {
    const jerry = await application.user('jerry');
    const second = await application.known('tom');
    const clients = [await tom.connect(), await second.connect({ gateway: 1 })];
    const staying = await jerry.connect();
    await expectRest(second, 'ok');
    await application.revokeTokens(tom);
    const fresh = await application.known('tom');
    for (const client of clients) await expectEnded(client, 'token_revoked');
    for (const user of [tom, second]) {
      await expectRefused(user, 'token_revoked');
      await expectRest(user, 'token_revoked');
    }
    const again = await fresh.connect();
    await expectRest(fresh, 'ok');
    expect([staying.isConnected, again.isConnected]).toEqual([true, true]);
    await expectRest(jerry, 'ok');
  });

  test('by the user itself; another one may not', async () => {
    const jerry = await application.user('jerry');
    const request = requestOf(operations.revokeTokens, { as: jerry, parameters: { userId: 'tom' } });
    expect(await world.rest(request)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    await expectRest(tom, 'ok');
    await world.call(operations.revokeTokens, { as: tom, parameters: { userId: 'tom' } });
    await expectRest(tom, 'token_revoked');
  });

  test('a repetition under the same key revokes nothing that was issued since', async () => {
    const request = { as: application, parameters: { userId: 'tom' }, idempotencyKey: 'once' };
    await world.call(operations.revokeTokens, request);
    const fresh = await application.known('tom');
    await world.call(operations.revokeTokens, request);
    await expectRest(fresh, 'ok');
    await fresh.connect();
  });
});

describe('tokens that a customer signs', () => {
  let sign: (claims: Record<string, unknown>) => Promise<TestUser>;

  beforeEach(async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    application = await world.application({ publicKeys: [await exportSPKI(publicKey)] });
    await application.user('tom');
    sign = async (claims) => {
      const jwt = new SignJWT({ application_id: application.id, sub: 'tom', ...claims });
      const token = await jwt.setProtectedHeader({ alg: 'RS256' }).setExpirationTime('10m').sign(privateKey);
      return new TestUser(application, 'tom', token);
    };
  });

  test('are revoked by their id', async () => {
    const [one, other] = [await sign({ jti: 'one' }), await sign({ jti: 'other' })];
    const client = await one.connect();
    await expectRest(one, 'ok');
    await application.revokeToken(one);
    await expectEnded(client, 'token_revoked');
    await expectRefused(one, 'token_revoked');
    await expectRest(one, 'token_revoked');
    await expectRest(other, 'ok');
  });

  test('without an id are revoked with all others of the user, by when they were issued', async () => {
    const now = Math.floor(Date.now() / 1000);
    const [before, dateless, later] = await Promise.all([
      sign({ iat: now - 5 }),
      sign({}),
      sign({ iat: now + 5 }),
    ]);
    const client = await before.connect();
    await expectRest(dateless, 'ok');
    await application.revokeTokens(before);
    await expectEnded(client, 'token_revoked');
    for (const user of [before, dateless]) {
      await expectRefused(user, 'token_revoked');
      await expectRest(user, 'token_revoked');
    }
    await later.connect();
    await expectRest(later, 'ok');
  });
});

describe('a live socket', () => {
  const refresh = (client: Client, { token }: TestUser): Promise<{ ok: boolean; error?: WireError }> =>
    client.call('session.refresh', { token });

  test('ends when its token expires, unless it was refreshed', async () => {
    const client = await (await application.expiring('tom', 3)).connect();
    const refreshed = await (await application.expiring('tom', 3)).connect({ gateway: 1 });
    expect(await refresh(refreshed, tom)).toMatchObject({ ok: true });
    await expectEnded(client, 'token_expired');
    expect(await endReason(client)).toBe('expired');
    expect(refreshed.isConnected).toBe(true);
  });

  test('hangs on the token that it was refreshed with, and on the former no more', async () => {
    const newer = await application.known('tom');
    const client = await tom.connect();
    expect(await refresh(client, newer)).toMatchObject({ ok: true });
    await application.revokeToken(tom);
    expect(await refresh(client, tom)).toMatchObject({ ok: false, error: { code: 'token_revoked' } });
    expect(client.isConnected).toBe(true);
    await application.revokeToken(newer);
    await expectEnded(client, 'token_revoked');
  });

  test('is not refreshed with the token of another user, or of another application', async () => {
    const client = await tom.connect();
    const jerry = await application.user('jerry');
    const namesake = await (await world.application()).user('tom');
    for (const other of [jerry, namesake])
      expect(await refresh(client, other)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    expect(client.isConnected).toBe(true);
  });
});
