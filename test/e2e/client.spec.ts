import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HooklineClient, type ClientEvents, type TimelineEvent } from '@hookline/client';
import { memoryStorage, type ClientStorage } from '@hookline/client/storage';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { CutLine } from '../harness/cut-line.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let line: CutLine;
let group: { readonly id: string };
let opened: HooklineClient[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
  group = await application.group([tom, jerry]);
  line = await CutLine.to(world.gateways[0]!.url);
});
afterEach(async () => {
  for (const client of opened) client.close();
  opened = [];
  await line.close();
});

/** The published library, as somebody who installs it has it. */
function clientOf(user: TestUser, storage: ClientStorage = memoryStorage(), url = line.url) {
  const client = new HooklineClient({ url, getToken: () => user.token, storage });
  opened.push(client);
  const heard: TimelineEvent[] = [];
  client.on('event', (event) => heard.push(event));
  const texts = (): string[] => heard.flatMap((event) => textOf(event));
  return { client, heard, texts };
}

function textOf(event: TimelineEvent): string[] {
  return event.type === 'message' && event.content.type === 'text' ? [event.content.text] : [];
}

const storedTexts = async (): Promise<string[]> =>
  (await tom.history(group)).flatMap((event) => textOf(event as TimelineEvent));
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('a client', () => {
  test('hears what others and itself say, under its name and as an event of the timeline', async () => {
    const one = clientOf(tom);
    const other = clientOf(jerry);
    await Promise.all([one.client.connect(), other.client.connect()]);
    const waves: ClientEvents['custom:wave'][] = [];
    other.client.on('custom:wave', (event) => waves.push(event));
    const sent = await one.client.send(group.id, 'hello');
    await one.client.sendCustomEvent(group.id, 'wave', { with: 'both hands' });
    await eventually(() => {
      expect(other.heard.map(({ type }) => type)).toEqual(['message', 'custom:wave']);
    });
    expect(sent).toMatchObject({ ok: true, eventId: other.heard[0]?.id, seq: other.heard[0]?.seq });
    expect(waves).toEqual([other.heard[1]]);
    await eventually(() => {
      expect(one.heard).toEqual(other.heard);
    });
  });

  test('asks REST with the same token', async () => {
    const { client } = clientOf(tom);
    const { data } = await client.rest.GET('/api/v1/conversations/{conversationId}', {
      params: { path: { conversationId: group.id } },
    });
    expect(data?.members.map(({ userId }) => userId).sort()).toEqual(['jerry', 'tom']);
  });

  test('gives up with the reason, when another attempt would change nothing', async () => {
    const client = new HooklineClient({ url: line.url, getToken: () => 'not.a.token' });
    await expect(client.connect()).rejects.toMatchObject({ code: 'unauthenticated', retryable: false });
    expect(client.state).toBe('closed');
    await expect(client.command('events.list', { conversationId: group.id })).rejects.toMatchObject({
      code: 'client_disconnected',
    });
  });

  test('throws what a hook rejects, with what the hook said', async () => {
    await application.hook(() => ({ action: 'reject', code: 1234, detail: 'No' }));
    const { client } = clientOf(tom);
    await client.connect();
    await expect(client.send(group.id, 'hello')).rejects.toMatchObject({
      code: 'rejected_by_hook',
      hook: { code: 1234, detail: 'No' },
    });
    expect(client.unsent).toBe(0);
  });
});

describe("a client's session", () => {
  test('goes on when its token ends, with the next one', async () => {
    let asked = 0;
    const getToken = async (): Promise<string> => {
      asked += 1;
      const { token } = await application.call<{ token: string }>(operations.createToken, {
        parameters: { userId: tom.id },
        body: { expiresIn: 3 },
      });
      return token;
    };
    const client = new HooklineClient({ url: line.url, getToken });
    opened.push(client);
    const states: string[] = [];
    client.on('state', ({ state }) => states.push(state));
    await client.connect();
    // Three tokens last longer than the first one held.
    await eventually(() => {
      expect(asked).toBeGreaterThan(3);
    });
    expect(await client.send(group.id, 'still here')).toMatchObject({ ok: true });
    expect(states).toEqual(['connecting', 'ready']);
  });

  test('does not come back when another one has taken its tag', async () => {
    const of = (): HooklineClient => {
      const client = new HooklineClient({ url: line.url, getToken: () => tom.token, tag: 'phone' });
      opened.push(client);
      return client;
    };
    const first = of();
    await first.connect();
    const ends: ClientEvents['state'][] = [];
    first.on('state', (change) => ends.push(change));
    const second = of();
    await second.connect();
    await eventually(() => {
      expect(ends).toMatchObject([{ state: 'closed', reason: { code: 'session_replaced' } }]);
    });
    expect(second.state).toBe('ready');
  });
});

describe('a client whose connection breaks', () => {
  test('sends everything once and in order, however often it breaks while it does', async () => {
    const { client, texts } = clientOf(tom);
    await client.connect();
    const count = 60;
    const sending = numbered(count).map((text) => client.send(group.id, text));
    for (const until of [10, 25, 40]) {
      await eventually(async () => {
        expect((await storedTexts()).length).toBeGreaterThanOrEqual(until);
      });
      line.cut();
      line.mend(world.gateways[until % 2]!.url);
    }
    await Promise.all(sending);
    expect(await storedTexts()).toEqual(numbered(count));
    await eventually(() => {
      expect(texts()).toEqual(numbered(count));
    });
  });

  test('hears what it has missed, once and in order, at another gateway', async () => {
    const { client, texts } = clientOf(jerry);
    await client.connect();
    await tom.send(group, 'before');
    await eventually(() => {
      expect(texts()).toEqual(['before']);
    });
    line.cut();
    await eventually(() => {
      expect(client.state).toBe('waiting');
    });
    for (const text of ['while', 'away']) await tom.send(group, text);
    line.mend(world.gateways[1]!.url);
    await eventually(() => {
      expect(texts()).toEqual(['before', 'while', 'away']);
    });
  });

  test('goes on where it was after a restart, and sends what it had not sent', async () => {
    const storage = memoryStorage();
    const first = clientOf(tom, storage);
    await first.client.connect();
    await first.client.send(group.id, 'heard');
    await eventually(() => {
      expect(first.texts()).toEqual(['heard']);
    });
    line.cut();
    await eventually(() => {
      expect(first.client.state).toBe('waiting');
    });
    const unsent = first.client.send(group.id, 'unsent');
    first.client.close();
    await expect(unsent).rejects.toMatchObject({ code: 'client_closed' });
    await jerry.send(group, 'missed');
    line.mend();
    const second = clientOf(tom, storage);
    const settled: ClientEvents['settled'][] = [];
    second.client.on('settled', (outcome) => settled.push(outcome));
    await second.client.connect();
    await eventually(() => {
      expect(second.texts()).toEqual(['missed', 'unsent']);
    });
    await eventually(() => {
      expect(settled).toMatchObject([{ pending: { command: 'message.send' }, answer: { ok: true } }]);
    });
    expect(second.client.unsent).toBe(0);
  });

  test('is told of a gap, when it has missed too much', async () => {
    const { client, texts } = clientOf(jerry);
    const gaps: ClientEvents['gap'][] = [];
    client.on('gap', (gap) => gaps.push(gap));
    await client.connect();
    const sender = await tom.connect();
    line.cut();
    const missed = limits.resumeEvents + 1;
    for (let done = 0; done < missed; done += 10) {
      await Promise.all(numbered(Math.min(10, missed - done)).map((text) => sender.send(group, text)));
    }
    line.mend();
    await eventually(() => {
      expect(gaps).toEqual([{ conversationId: group.id, fromSeq: 1, toSeq: missed + 1 }]);
    });
    await sender.send(group, 'at last');
    await eventually(() => {
      expect(texts()).toEqual(['at last']);
    });
  });
});
