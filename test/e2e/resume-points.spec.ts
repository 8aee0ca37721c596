import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findResumePoint, refreshSession } from '#contracts/sessions.js';
import { HooklineError } from '#contracts/errors.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;

beforeAll(async () => {
  world = await World.start({ gateways: 2 });
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
});
afterAll(() => world.close());

/** As if all that was said in it, and who came, had been so much earlier (s). */
async function age({ id }: { readonly id: string }, seconds: number): Promise<void> {
  const older = `- ${String(seconds)} * interval '1 second'`;
  const key = `(SELECT key FROM conversation.conversation WHERE id = '${id}')`;
  await world.database.sql(
    `UPDATE conversation.event SET created_at = created_at ${older} WHERE conversation_key = ${key}`,
  );
  await world.database.sql(
    `UPDATE conversation.member SET joined_at = joined_at ${older} WHERE conversation_key = ${key}`,
  );
  await world.database.sql(
    `UPDATE conversation.conversation_head SET last_timestamp = last_timestamp ${older} WHERE conversation_key = ${key}`,
  );
}

/** As if the session had begun, or ended, so much earlier (s). */
async function earlier({ ready }: Client, kind: 'online' | 'offline', seconds: number): Promise<void> {
  await eventually(async () => {
    const rows = await world.database.sql(
      `UPDATE conversation.session_change SET at = at - ${String(seconds)} * interval '1 second'
       WHERE session_id = $1::uuid AND kind = '${kind}' RETURNING reason::text`,
      ready.sessionId,
    );
    expect(rows).toHaveLength(1);
  });
}

async function pointsOf(tag: string, of: TestUser = tom): Promise<Record<string, number> | null> {
  const question = { applicationId: of.application.id, userId: of.id, tag, cursor: null };
  const { positions } = await world.ask(findResumePoint, question);
  return positions && Object.fromEntries(positions.map(({ conversationId, seq }) => [conversationId, seq]));
}

const said = async (group: { readonly id: string }, ...texts: string[]): Promise<void> => {
  for (const text of texts) await jerry.send(group, text);
};

describe('a client that says nothing but who it was goes on', () => {
  test('where its conversations were when it has logged out', async () => {
    const [busy, quiet] = [await application.group([tom, jerry]), await application.group([tom, jerry])];
    await said(busy, 'heard');
    // All of that is two hours old, and the session one.
    for (const group of [busy, quiet]) await age(group, 7_200);
    const client = await tom.connect({ tag: 'closed' });
    client.disconnect();
    await earlier(client, 'online', 7_000);
    await earlier(client, 'offline', 3_600);
    await said(busy, 'missed', 'missed too');
    expect(await pointsOf('closed')).toMatchObject({ [busy.id]: 2, [quiet.id]: 1 });
    expect(await pointsOf('never')).toBeNull();
    expect(await pointsOf('closed', jerry)).toBeNull();
  });

  test('somewhat before its connection was lost, since that may have been noticed late', async () => {
    const group = await application.group([tom, jerry]);
    await age(group, 3_600);
    await said(group, 'old');
    await age(group, 120);
    const client = await tom.connect({ tag: 'lost' });
    await earlier(client, 'online', 60 * 60);
    await said(group, 'just before');
    client.vanish();
    await world.offline(tom);
    await said(group, 'missed');
    expect(await pointsOf('lost')).toMatchObject({ [group.id]: 2 });
  });

  test('before its gateway was killed, although nobody has said good-bye', async () => {
    const group = await application.group([tom, jerry]);
    await said(group, 'old');
    await age(group, 3_600);
    const client = await tom.connect({ gateway: 1, tag: 'killed' });
    await earlier(client, 'online', 1_800);
    await said(group, 'heard');
    await world.gateways[1]!.kill();
    await said(group, 'missed');
    // Before the end of its lease, and after it.
    expect(await pointsOf('killed')).toMatchObject({ [group.id]: 2 });
    await world.endLease(client);
    expect(await pointsOf('killed')).toMatchObject({ [group.id]: 2 });
  });

  test('also in what it was thrown out of meanwhile, and from its coming in what it came to later', async () => {
    const [left, long, later] = [
      await application.group([tom, jerry]),
      await application.group([tom, jerry]),
      await application.group([jerry]),
    ];
    for (const group of [left, long]) await age(group, 3_600);
    await application.remove(long, tom);
    await world.database.sql(
      `UPDATE conversation.member SET left_at = left_at - interval '30 minutes'
       WHERE user_id = 'tom' AND conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1)`,
      long.id,
    );
    const client = await tom.connect({ tag: 'left' });
    await earlier(client, 'online', 1_200);
    client.disconnect();
    await world.offline(tom);
    await application.remove(left, tom);
    await said(later, 'before');
    await application.add(later, tom);
    const points = await pointsOf('left');
    expect(points).toMatchObject({ [left.id]: 1, [later.id]: 2 });
    expect(Object.keys(points!)).not.toContain(long.id);
  });
});

describe('a session goes on under a token that was shown elsewhere', () => {
  const refresh = async ({ ready }: Client, of: TestUser, expiresAt: number): Promise<string> => {
    const token = { id: of.tokenId, issuedAt: Date.now() };
    const question = { applicationId: of.application.id, userId: of.id, sessionId: ready.sessionId };
    const outcome = await world.ask(refreshSession, { ...question, token, expiresAt }).then(
      () => 'refreshed',
      (error: unknown) => error,
    );
    if (outcome instanceof HooklineError) return outcome.code;
    return String(outcome);
  };

  test('whose expiry its gateway hears of, wherever it is', async () => {
    const [short, long] = [await application.expiring('tom', 4), await application.known('tom')];
    const [renewed, control, shortened] = [
      await short.connect(),
      await short.connect(),
      await long.connect(),
    ];
    expect(await refresh(renewed, long, Date.now() + 3_600_000)).toBe('refreshed');
    expect(await refresh(shortened, short, Date.now() + 1_000)).toBe('refreshed');
    for (const client of [control, shortened])
      await eventually(() => {
        expect(client.closing).toMatchObject({ code: 'token_expired' });
      });
    expect(renewed.isConnected).toBe(true);
    // It hangs on the token that was shown last.
    await application.revokeToken(long);
    await eventually(() => {
      expect(renewed.closing).toMatchObject({ code: 'token_revoked' });
    });
  });

  test('unless that is over, is revoked, or belongs to somebody else', async () => {
    const known = await application.known('tom');
    const client = await known.connect();
    const soon = Date.now() + 60_000;
    expect(await refresh(client, known, Date.now() - 1)).toBe('token_expired');
    expect(await refresh(client, jerry, soon)).toBe('session_not_found');
    const namesake = await (await world.application()).user('tom');
    expect(await refresh(client, namesake, soon)).toBe('session_not_found');
    const revoked = await application.known('tom');
    await application.revokeToken(revoked);
    expect(await refresh(client, revoked, soon)).toBe('token_revoked');
    expect(client.isConnected).toBe(true);
    client.disconnect();
    await world.offline(known);
    expect(await refresh(client, known, soon)).toBe('session_not_found');
  });
});
