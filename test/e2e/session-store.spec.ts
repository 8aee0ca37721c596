import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Database } from '#platform/database/database.js';
import { LeasesStore } from '../../apps/conversation/src/store/leases.store.js';
import { MissedStore } from '../../apps/conversation/src/store/missed.store.js';
import { SessionsStore, type NewSession } from '../../apps/conversation/src/store/sessions.store.js';
import { TokensStore } from '../../apps/conversation/src/store/tokens.store.js';
import { TestDatabase } from '../harness/database.js';

let tables: TestDatabase;
let database: Database;
let leases: LeasesStore;
let missed: MissedStore;
let sessions: SessionsStore;
let gateway: string;

beforeAll(async () => {
  tables = await TestDatabase.clone();
  database = new Database(
    {
      DATABASE_URL: tables.url,
      HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
      HOOKLINE_DATABASE_CONNECTIONS: 8,
    },
    'session-test',
  );
  leases = new LeasesStore(database);
  missed = new MissedStore(database);
  sessions = new SessionsStore(database, new TokensStore(database));
  await tables.sql(
    `INSERT INTO conversation."user" (application_id, id)
     SELECT 'cartoons', 'user ' || number FROM generate_series(0, 99) AS number`,
  );
});
afterAll(async () => {
  await database.close();
  await tables.drop();
});
beforeEach(async () => {
  await tables.sql('DELETE FROM conversation.gateway_lease');
  gateway = randomUUID();
  await leases.renew(gateway, null);
});

let made = 0;

/** Of one user after the other: none has too many. */
function session(changes: Partial<NewSession> = {}): NewSession {
  made += 1;
  return {
    sessionId: randomUUID(),
    incarnation: gateway,
    applicationId: 'cartoons',
    userId: `user ${String(made % 100)}`,
    dialect: 'native',
    address: '192.0.2.1',
    tag: null,
    token: null,
    ...changes,
  };
}

async function opens(one: NewSession): Promise<boolean> {
  return (await sessions.open(one)).kind === 'open';
}

/** The log of a session: "1 online", "2 offline closed". */
async function story({ sessionId }: NewSession): Promise<string[]> {
  const rows = await tables.sql(
    `SELECT concat_ws(' ', epoch, kind, reason) AS line FROM conversation.session_change
     WHERE session_id = $1::uuid ORDER BY number`,
    sessionId,
  );
  return rows.map(({ line }) => String(line));
}

async function isOpen({ sessionId }: NewSession): Promise<boolean> {
  const open = 'SELECT FROM conversation.session WHERE id = $1::uuid AND closed_at IS NULL';
  return (await tables.sql(open, sessionId)).length === 1;
}

/** Moves the lease's last renewal back, as if so much time (ms) had passed since. */
async function age(milliseconds: number): Promise<void> {
  await tables.sql(
    `UPDATE conversation.gateway_lease SET renewed_at = renewed_at - $2::float8 * interval '1 millisecond'
     WHERE incarnation = $1::uuid`,
    gateway,
    String(milliseconds),
  );
}

describe('a session', () => {
  test('is opened once and closed once, each with its line in the log', async () => {
    const one = session();
    expect(await opens(one)).toBe(true);
    expect(await opens(one)).toBe(false);
    expect(await isOpen(one)).toBe(true);
    await sessions.close(one, { reason: 'stopped' });
    await sessions.close(one, { reason: 'closed' });
    expect(await isOpen(one)).toBe(false);
    expect(await story(one)).toEqual(['1 online', '2 offline stopped']);
  });

  test('whose closing comes first never opens', async () => {
    const one = session();
    await sessions.close(one, { reason: 'closed' });
    expect(await opens(one)).toBe(false);
    expect(await isOpen(one)).toBe(false);
    expect(await story(one)).toEqual([]);
  });

  test('that is opened and closed at the same moment is closed in the end', async () => {
    const many = Array.from({ length: 50 }, () => session());
    await Promise.all(many.flatMap((one) => [sessions.open(one), sessions.close(one, { reason: 'closed' })]));
    for (const one of many) {
      expect(await isOpen(one)).toBe(false);
      expect([[], ['1 online', '2 offline closed']]).toContainEqual(await story(one));
    }
  });

  test('closed long ago is forgotten, its log a week later', async () => {
    const [old, open] = [session(), session()];
    await sessions.open(old);
    await sessions.open(open);
    await sessions.close(old, { reason: 'closed' });
    await tables.sql(`UPDATE conversation.session SET closed_at = closed_at - interval '2 hours'
      WHERE closed_at IS NOT NULL`);
    await tables.sql(
      `UPDATE conversation.session_change SET at = at - interval '8 days' WHERE session_id = $1::uuid`,
      old.sessionId,
    );
    while ((await sessions.sweep()) > 0);
    expect(await tables.sql('SELECT FROM conversation.session WHERE id = $1::uuid', old.sessionId)).toEqual(
      [],
    );
    expect(await story(old)).toEqual([]);
    expect(await isOpen(open)).toBe(true);
    expect(await story(open)).toEqual(['1 online']);
  });
});

describe('a lease', () => {
  test('that is void stays void, and opens no session', async () => {
    await age(9_000);
    expect(await opens(session())).toBe(false);
    const { isHeld, now } = await leases.renew(gateway, Date.now());
    expect(isHeld).toBe(false);
    await leases.voidOverdue();
    expect((await leases.renew(gateway, now)).isHeld).toBe(false);
    expect(await opens(session())).toBe(false);
  });

  test('is prolonged from the moment of asking: a renewal that comes late prolongs nothing', async () => {
    await age(5_000);
    const { now } = await leases.renew(gateway, null);
    expect(await leases.renew(gateway, now - 4_000)).toMatchObject({ isHeld: true });
    await age(4_500);
    expect(await leases.renew(gateway, now)).toMatchObject({ isHeld: false });
  });

  test('that is void takes its sessions along, once each, however many replicas look after it', async () => {
    const other = randomUUID();
    await leases.renew(other, null);
    const staying = session({ incarnation: other });
    await sessions.open(staying);
    const lost = Array.from({ length: 30 }, () => session());
    for (const one of lost) await sessions.open(one);
    const gone = session();
    await sessions.open(gone);
    await sessions.close(gone, { reason: 'closed' });
    await age(9_000);
    const found = await Promise.all([leases.voidOverdue(), leases.voidOverdue(), leases.voidOverdue()]);
    expect(found.toSorted()).toEqual([0, 0, 1]);
    expect(await leases.unsettled()).toEqual([gateway]);
    const replicas = Array.from({ length: 4 }, async () => {
      let closed = 0;
      for (let portion = await sessions.closeLost(gateway); portion.length > 0;) {
        closed += portion.length;
        portion = await sessions.closeLost(gateway);
      }
      return closed;
    });
    expect((await Promise.all(replicas)).reduce((sum, count) => sum + count)).toBe(lost.length);
    for (const one of lost) expect(await story(one)).toEqual(['1 online', '2 offline lease_lost']);
    expect(await story(gone)).toEqual(['1 online', '2 offline closed']);
    expect(await story(staying)).toEqual(['1 online']);
  });

  test('that is void is settled by one replica at a time, and only when its sessions are closed', async () => {
    await sessions.open(session());
    await age(9_000);
    expect(await missed.claim()).toBe(null);
    await leases.voidOverdue();
    expect(await missed.claim()).toBe(null);
    await sessions.closeLost(gateway);
    const claims = await Promise.all([missed.claim(), missed.claim(), missed.claim()]);
    expect(claims.filter((claim) => claim !== null)).toEqual([
      expect.objectContaining({ incarnation: gateway, hasLostSessions: true }),
    ]);
    // The replica died.
    await tables.sql(`UPDATE conversation.gateway_lease SET worked_until = now() - interval '1 second'`);
    expect(await missed.claim()).toMatchObject({ incarnation: gateway, hasLostSessions: true });
    await missed.settle(gateway);
    await tables.sql(`UPDATE conversation.gateway_lease SET worked_until = now() - interval '1 second'`);
    expect(await missed.claim()).toBe(null);
  });

  test('knows how far the outbox had come at the renewal before the last, repetitions aside', async () => {
    const store = async (): Promise<void> => {
      await tables.sql(
        `INSERT INTO conversation.outbox_entry (conversation_key, seq, origin)
         SELECT 1, coalesce(max(number), 0) + 1, '{}' FROM conversation.outbox_entry`,
      );
    };
    const positions = async (): Promise<number[]> => {
      const [row] = await tables.sql(
        `SELECT missed_number::int AS missed, outbox_number::int AS outbox, coalesce(max(number), 0)::int AS last
         FROM conversation.gateway_lease LEFT JOIN conversation.outbox_entry ON true GROUP BY 1, 2`,
      );
      return [Number(row!['missed']), Number(row!['outbox']), Number(row!['last'])];
    };
    const renewed = async (): Promise<void> => {
      await store();
      await age(2_000);
      const { now } = await leases.renew(gateway, null);
      await Promise.all([leases.renew(gateway, now), leases.renew(gateway, now), leases.renew(gateway, now)]);
    };
    await renewed();
    const [, , first] = await positions();
    await renewed();
    await store();
    const [missedNumber, outboxNumber, last] = await positions();
    expect([missedNumber, outboxNumber, last]).toEqual([first, first! + 1, first! + 2]);
  });
});
