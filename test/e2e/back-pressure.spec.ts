import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { WireError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { SendAcknowledgement } from '#contracts/sockets.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually, Hopeless } from '../harness/eventually.js';
import type { RestAnswer } from '../harness/rest.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});

const large = 'x'.repeat(60 * 1024);
const ascending = (length: number): number[] => Array.from({ length }, (_, index) => index + 1);

describe('a client that does not read', () => {
  test('is cut off, others do not notice, and it resumes without a loss', async () => {
    const group = await application.group([tom, jerry, spike]);
    const [sender, hanging, reader] = await Promise.all([tom.connect(), jerry.connect(), spike.connect()]);
    stored(await sender.send(group, 'heard'));
    await eventually(() => {
      expect(hanging.events(group)).toHaveLength(1);
    });
    hanging.stopReading();
    // What the kernels keep for it is filled first.
    const isOver = (): boolean => world.filesWith('a client was cut off').length > 0;
    let sent = 0;
    while (!isOver()) {
      if (sent === limits.resumeEvents - 20) throw new Error('it is still kept');
      for (let count = 0; count < 20; count++) stored(await sender.send(group, large));
      sent += 20;
    }
    stored(await sender.send(group, 'after it was cut off'));
    expect(hanging.events(group)).toHaveLength(1);

    const history = await jerry.history(group);
    expect(history).toHaveLength(1 + 1 + sent + 1);
    await eventually(() => {
      expect(reader.events(group)).toEqual(history.slice(1));
    });
    expect([reader, sender].map(({ isConnected, closing }) => [isConnected, closing])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);

    const again = await jerry.connect({ resume: hanging.positions() });
    expect(again.events(group)).toEqual(history.slice(2));
    // What the old connection still reads is the beginning of the same, and then why it was ended.
    hanging.readOn();
    await eventually(() => {
      expect(hanging.isConnected).toBe(false);
    });
    expect(hanging.events(group)).toEqual(history.slice(1, 1 + hanging.events(group).length));
    if (hanging.closing !== undefined) {
      expect(hanging.closing).toMatchObject({ code: 'too_slow', retryable: true });
      expect(hanging.heard.at(-1)?.name).toBe('session.closing');
    }
  });

  test('one that reads gets far more than may wait, when it resumes many conversations', async () => {
    const groups = await Promise.all(ascending(12).map(() => application.group([tom, jerry])));
    const sender = await tom.connect();
    await Promise.all(
      groups.map(async (group) => {
        for (let count = 0; count < 30; count++) stored(await sender.send(group, large));
      }),
    );
    const client = await jerry.connect({ resume: Object.fromEntries(groups.map(({ id }) => [id, 1])) });
    for (const group of groups) {
      expect(client.events(group).map(({ seq }) => seq)).toEqual(ascending(31).slice(1));
    }
    expect(client.isConnected).toBe(true);
  });
});

/** While it cannot answer, what is sent waits. */
async function whileNobodyAnswers<Result>(work: () => Promise<Result>): Promise<Result> {
  const { pid } = world.conversations[0]!;
  process.kill(pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

describe('a flood', () => {
  test('of one socket over many conversations is too_many_commands; the others go on, and so does it later', async () => {
    const group = await application.group([tom, jerry]);
    const client = await tom.connect();
    const answers: Promise<SendAcknowledgement>[] = [];
    const refused: WireError[] = [];
    const excess = 50;
    await whileNobodyAnswers(async () => {
      for (const count of ascending(limits.socketCommands + excess)) {
        const answer = client.send({ id: `nowhere-${String(count)}` }, 'x');
        answers.push(answer);
        void answer.then((one) => !one.ok && refused.push(one.error));
      }
      await eventually(() => {
        expect(refused).toHaveLength(excess);
      });
      expect(new Set(refused.map(({ code, retryable }) => `${code} ${String(retryable)}`))).toEqual(
        new Set(['too_many_commands true']),
      );
    });
    const codes = (await Promise.all(answers)).map((answer) => (answer.ok ? 'stored' : answer.error.code));
    expect(codes.slice(0, limits.socketCommands)).toEqual(
      Array.from({ length: limits.socketCommands }, () => 'conversation_not_found'),
    );
    stored(await client.send(group, 'after the flood'));
  });

  test('of REST sends is 503 with Retry-After, and what is repeated under its key is stored once', async () => {
    const group = await application.group([tom, jerry]);
    /** Of one conversation, as many as may wait in a gateway, and more. */
    const [waiting, excess] = [1_000, 200];
    const keys = ascending(waiting + excess).map((count) => `key-${String(count)}`);
    const send = (idempotencyKey: string) => tom.send(group, idempotencyKey, { idempotencyKey });
    const flood = async (): Promise<RestAnswer[]> => {
      // What the gateway knows of the application's keys counts for some seconds in which nobody can be asked.
      await tom.history(group);
      let refused = 0;
      const answers: Promise<RestAnswer>[] = [];
      await whileNobodyAnswers(async () => {
        for (const key of keys) {
          const answer = send(key);
          answers.push(answer);
          void answer.then(({ status }) => (refused += status === 503 ? 1 : 0));
        }
        await Promise.race([
          Promise.all(answers),
          eventually(() => {
            expect(refused).toBeGreaterThan(excess / 2);
          }),
        ]);
      });
      return Promise.all(answers);
    };
    // On a machine on which they need longer to arrive it is tried again.
    await eventually(async () => {
      const failed = (await flood()).filter(({ status }) => status !== 201);
      expect(failed.length).toBeGreaterThan(excess / 2);
      for (const { status, headers, body } of failed) {
        expect(body).toMatchObject({ code: 'overloaded', retryable: true });
        expect([status, headers.get('retry-after')]).toEqual([503, '1']);
        expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      }
    });
    // All are repeated: those that were stored and those that were not.
    let left = keys;
    while (left.length > 0) {
      const portion = left.slice(0, 100);
      const again = await Promise.all(portion.map(send));
      left = [...left.slice(100), ...portion.filter((_key, index) => again[index]!.status !== 201)];
    }
    // Another member reads: a quick machine has used up the sender's rate by now.
    const texts = (await jerry.history(group)).flatMap((event) =>
      'content' in event && event.content.type === 'text' ? [event.content.text] : [],
    );
    expect(texts).toHaveLength(keys.length);
    expect(new Set(texts)).toEqual(new Set(keys));
  });

  test('of commands that do not exist is refused one by one, and the socket stays usable', async () => {
    const group = await application.group([tom, jerry]);
    const client = await tom.connect();
    const call = (): Promise<unknown> => client.call('nothing' as 'message.send', { any: 'thing' });
    const answers = await Promise.all(ascending(5_000).map(call));
    for (const answer of answers) expect(answer).toMatchObject({ error: { code: 'invalid_request' } });
    stored(await client.send(group, 'after the flood'));
  });

  test('of what is no packet ends the connection and nothing else', async () => {
    const group = await application.group([tom, jerry]);
    const [client, other] = await Promise.all([tom.connect(), jerry.connect()]);
    for (let count = 0; count < 1_000; count++) client.sendRaw(`garbage ${String(count)}`);
    await eventually(() => {
      if (!other.isConnected) throw new Hopeless('another client was disconnected');
      expect(client.isConnected).toBe(false);
    });
    stored(await other.send(group, 'after the flood'));
  });
});
