import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SendAcknowledgement } from '#contracts/sockets.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import type { RestAnswer } from '../harness/rest.js';
import type { SignedServer } from '../harness/signed-server.js';
import { World } from '../harness/world.js';

interface Group {
  readonly id: string;
}

let world: World;
let application: TestApplication;
let users: TestUser[];
let groups: Group[];
let clients: Client[];
let webhook: SignedServer<WebhookPayload>;

const names = ['tom', 'jerry', 'spike', 'tyke'];
/** Everybody is in every group, half of them at each gateway. */
const gatewayOf = (index: number): number => index % 2;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());

async function cast(): Promise<void> {
  application = await world.application();
  webhook = await application.webhook();
  users = await application.users(...names);
  groups = await Promise.all(Array.from({ length: 5 }, () => application.group(users)));
  clients = await Promise.all(users.map((user, index) => user.connect({ gateway: gatewayOf(index) })));
}

interface Sent {
  readonly group: Group;
  readonly eventId: string;
  readonly seq: number;
  readonly text: string;
}

const ascending = (length: number): number[] => Array.from({ length }, (_, index) => index + 1);

function sentOf(group: Group, text: string, answer: unknown): Sent[] {
  const { eventId, seq } = answer as { eventId?: string; seq?: number };
  return eventId === undefined || seq === undefined ? [] : [{ group, eventId, seq, text }];
}

/** A message by socket or by REST, at either gateway. Empty when it was not acknowledged as stored. */
async function send(count: number): Promise<Sent[]> {
  const group = groups[count % groups.length]!;
  const who = Math.floor(count / groups.length) % users.length;
  const text = `message ${String(count)}`;
  const idempotencyKey = `key-${String(count)}`;
  if (count % 2 === 0) {
    const answer: SendAcknowledgement = await clients[who]!.send(group, text, idempotencyKey);
    return sentOf(group, text, answer);
  }
  const { body }: RestAnswer = await users[who]!.send(group, text, {
    gateway: count % 4 === 1 ? 0 : 1,
    idempotencyKey,
  });
  return sentOf(group, text, body);
}

/** What has to be true of a group after whatever happened, given what was acknowledged. */
async function expectWhole(group: Group, acknowledged: readonly Sent[]): Promise<void> {
  const history = await users[0]!.history(group);
  expect(history.map(({ seq }) => seq)).toEqual(ascending(history.length));
  expect(history.map(({ timestamp }) => timestamp)).toEqual(
    history.map(({ timestamp }) => timestamp).toSorted((one, other) => one - other),
  );
  const inHistory = new Map(history.map((event) => [event.id, event]));
  expect(inHistory.size).toBe(history.length);
  for (const { eventId, seq, text } of acknowledged) {
    expect(inHistory.get(eventId)).toMatchObject({ seq, content: { type: 'text', text } });
  }
  for (const client of clients) {
    await eventually(() => {
      expect(client.events(group)).toEqual(history.slice(1));
    });
  }
  await eventually(() => {
    const told = webhook.bodies.filter(({ data }) => data.conversationId === group.id);
    const first = [...new Map(told.map(({ data }) => [data.id, data])).values()];
    expect(first.filter(({ type }) => type === 'message')).toEqual(history.slice(1));
  });
}

describe('two replicas of the conversation app behind two gateways', () => {
  test('200 concurrent sends into 5 groups: gap-free, and everybody sees each event once and in order', async () => {
    await cast();
    const sent = (await Promise.all(ascending(200).map(send))).flat();
    expect(sent).toHaveLength(200);
    for (const group of groups) {
      const here = sent.filter((one) => one.group === group);
      expect(here.map(({ seq }) => seq).toSorted((one, other) => one - other)).toEqual(
        ascending(41).slice(1),
      );
      await expectWhole(group, here);
    }
    // Nobody was down: the webhook got each event exactly once.
    const messages = webhook.bodies.filter(({ type }) => type === 'message').map(({ data }) => data.id);
    expect(messages).toHaveLength(200);
    expect(new Set(messages)).toEqual(new Set(sent.map(({ eventId }) => eventId)));
  });

  test('one replica killed in the middle: what was acknowledged is there once, and repeating completes the rest', async () => {
    await cast();
    const [victim] = world.conversations;
    const counts = ascending(300);
    let answered = 0;
    let killed: Promise<void> | undefined;
    const sent = await Promise.all(
      counts.map(async (count) => {
        const outcome = await send(count);
        answered += 1;
        if (answered === 60) killed = victim!.kill();
        return outcome;
      }),
    );
    await killed;
    const acknowledged = sent.flat();
    expect(acknowledged.length).toBeGreaterThanOrEqual(60);
    // Whoever got no acknowledgement repeats under the same key: stored then or now, but once.
    const repeated = await Promise.all(
      counts
        .filter((_count, index) => sent[index]!.length === 0)
        .map((count) => eventually(() => sentAgain(count))),
    );
    const all = [...acknowledged, ...repeated.flat()];
    expect(new Set(all.map(({ text }) => text)).size).toBe(counts.length);
    for (const group of groups) {
      const here = all.filter((one) => one.group === group);
      await expectWhole(group, here);
      expect((await users[0]!.history(group)).length).toBe(1 + here.length);
    }
    await victim!.start();
  });
});

async function sentAgain(count: number): Promise<Sent[]> {
  const sent = await send(count);
  if (sent.length === 0) throw new Error(`message ${String(count)} is still not stored`);
  return sent;
}
