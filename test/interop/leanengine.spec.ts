import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { register, change, read } from './hook-servers.js';
import { keys, LeanEngine } from './lean-engine.js';

/** Of the process in which the functions run. */
declare const AV: { readonly Cloud: { readonly Error: new (text: string, options?: object) => Error } };

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let group: { id: string };
const engines: LeanEngine[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  jerry = await application.user('jerry');
  group = await application.group([tom, jerry]);
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

async function engineWith(...options: Parameters<typeof LeanEngine.start>): Promise<LeanEngine> {
  const engine = await LeanEngine.start(...options);
  engines.push(engine);
  return engine;
}

/** What Tom is told of a message, and what Jerry finds of it. */
async function sent(text: string): Promise<{ answer: unknown; texts: unknown[] }> {
  const { status, body } = await tom.send(group, text);
  const events = await jerry.history(group, 100, 'message');
  return {
    answer: { status, body },
    texts: events.map((event) => ('content' in event ? event.content : null)),
  };
}

describe('messageReceived of seed 002, in JavaScript', () => {
  test('what the seed’s own sample makes of a message is what its receiver sees', async () => {
    const engine = await engineWith({
      // Seed 002 to the letter.
      onIMMessageReceived: (request) => {
        // request.params = {
        //     fromPeer: 'Tom',
        const content = request.params.content;
        const processedContent = content.replace('crap', '**');
        return { content: processedContent };
      },
    });
    const server = await register(application, engine);
    expect(server).toMatchObject({ deployed: ['messageReceived'], lastError: null, refusedSince: null });
    expect(server).toMatchObject({ version: '3.8.0', runtime: `nodejs-${process.version}` });
    const listener = await jerry.connect({ gateway: 1 });
    const client = await tom.connect();
    const acknowledgement = stored(await client.send(group, { type: 'text', text: 'Holy crap!' }));
    expect(acknowledgement.modified).toMatchObject({ content: { type: 'text', text: 'Holy **!' } });
    await eventually(() => {
      expect(listener.events(group)).toMatchObject([{ content: { type: 'text', text: 'Holy **!' } }]);
    });
    const [call] = await engine.calls('_messageReceived');
    expect(await engine.parameters('_messageReceived')).toEqual([
      {
        fromPeer: 'tom',
        receipt: false,
        groupId: null,
        system: null,
        content: '{"_lctext":"Holy crap!","_lctype":-1}',
        convId: group.id,
        toPeers: ['jerry'],
        bin: false,
        transient: false,
        sourceIP: '127.0.0.1',
        timestamp: expect.any(Number),
      },
    ]);
    expect(call?.headers).toMatchObject({
      'x-lc-id': keys.applicationId,
      'x-lc-key': keys.applicationKey,
      'x-lc-hook-key': keys.hookKey,
      forwarded: 'for=127.0.0.1',
    });
    expect(Object.keys(call?.headers ?? {})).not.toContain('x-lc-session');
  });

  test('binary content goes and comes in Base64, and toPeers narrows', async () => {
    const engine = await engineWith({
      onIMMessageReceived: ({ params }) => ({
        content: Buffer.from(params.content, 'base64').reverse().toString('base64'),
        toPeers: [],
      }),
    });
    await register(application, engine);
    const { body } = await tom.send(group, { type: 'binary', data: 'AQID' });
    expect(body).toMatchObject({ modified: { content: { type: 'binary', data: 'AwIB' }, recipients: [] } });
    expect(await engine.parameters('_messageReceived')).toMatchObject([{ bin: true, content: 'AQID' }]);
    expect(await jerry.history(group, 100, 'message')).toEqual([]);
  });
});

describe('what a function may do', () => {
  const unchanged = { status: 201, text: 'Hello' };

  test.each([
    ['returns an empty object', () => ({}), unchanged],
    ['returns nothing', () => undefined, unchanged],
    ['returns null', () => null, unchanged],
    ['returns a string', () => 'astring', unchanged],
    ['returns an array', () => [1], unchanged],
    [
      'answers by the response of old',
      (_request: unknown, response: { success(result: unknown): void }) => {
        response.success({ content: 'changed of old' });
      },
      { status: 201, text: 'changed of old' },
    ],
    [
      'returns a promise',
      () => Promise.resolve({ content: '{"_lctext":"changed","_lctype":-1}' }),
      { status: 201, text: 'changed' },
    ],
  ] as const)('%s', async (_title, handler, { status, text }) => {
    await register(application, await engineWith({ onIMMessageReceived: handler }), {
      failurePolicy: 'abort',
    });
    const { answer, texts } = await sent('Hello');
    expect(answer).toMatchObject({ status });
    expect(texts).toEqual([{ type: 'text', text }]);
  });

  test.each([
    ['drop', () => ({ drop: true }), { status: 200, body: { dropped: true } }],
    ['drop: 1', () => ({ drop: 1, detail: 'said to nobody' }), { status: 200, body: { dropped: true } }],
    [
      'drop with a code',
      () => ({ drop: true, code: 1234, detail: 'No advertisements here' }),
      {
        status: 403,
        body: { code: 'rejected_by_hook', hook: { code: 1234, detail: 'No advertisements here' } },
      },
    ],
    [
      'drop with a code in a string, and a detail that is none',
      () => ({ drop: 'yes', code: '-7', detail: { reason: 'spam' } }),
      { status: 403, body: { hook: { code: -7, detail: '{"reason":"spam"}' } } },
    ],
    [
      'drop with a code that is none',
      () => ({ drop: true, code: 'ECONNREFUSED' }),
      { status: 403, body: { hook: { code: 0, detail: '' } } },
    ],
  ] as const)('%s', async (_title, handler, expected) => {
    await register(application, await engineWith({ onIMMessageReceived: handler }));
    expect(await sent('Hello')).toMatchObject({ answer: expected, texts: [] });
  });

  test.each([
    [
      'throws an error',
      () => {
        throw new Error('boom');
      },
      'status_500',
    ],
    [
      'throws a string',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- a function may
        throw 'plainstr';
      },
      'status_400',
    ],
    [
      'throws an error of the SDK',
      () => {
        throw new AV.Cloud.Error('nope');
      },
      'status_400',
    ],
    [
      'throws one with a status',
      () => {
        throw new AV.Cloud.Error('nope', { status: 422, code: 1234 });
      },
      'status_422',
    ],
    ['never ends', () => new Promise(() => undefined), 'status_503'],
    ['returns what no content can be', () => ({ content: { text: 'Hello' } }), 'invalid_answer'],
    ['returns recipients that are no list', () => ({ toPeers: 'jerry' }), 'invalid_answer'],
  ] as const)('%s: a failure, after which the policy decides', async (_title, handler, failure) => {
    const engine = await engineWith({ onIMMessageReceived: handler });
    const server = await register(application, engine, { failurePolicy: 'abort', deadline: 9_000 });
    const aborted = await sent('Hello');
    expect(aborted).toMatchObject({ answer: { status: 502, body: { code: 'hook_failed' } }, texts: [] });
    expect(JSON.stringify(aborted.answer)).toContain(failure);
    await change(application, server, { failurePolicy: 'continue' });
    expect(await sent('Hello')).toMatchObject({ answer: { status: 201 }, texts: [{ text: 'Hello' }] });
  });
});

describe('who is let in', () => {
  const drops = { onIMMessageReceived: () => ({ drop: true }) };

  test('a wrong hook key is shouted about, and its calls fail', async () => {
    const engine = await engineWith(drops);
    const server = await register(application, engine, {
      credentials: { hookKey: 'wrong' },
      failurePolicy: 'abort',
    });
    // The master key is right: which hooks there are is known.
    expect(server).toMatchObject({ deployed: ['messageReceived'], lastError: null, refusedSince: null });
    const { answer } = await sent('Hello');
    expect(answer).toMatchObject({ status: 502 });
    expect(JSON.stringify(answer)).toContain('unauthorized');
    await eventually(async () => {
      expect(await read(application, server)).toMatchObject({ refusedSince: expect.any(Number) });
    });
    expect(await change(application, server, { credentials: { hookKey: keys.hookKey } })).toMatchObject({
      refusedSince: null,
    });
    expect(await sent('Hello')).toMatchObject({ answer: { body: { dropped: true } } });
  });

  test('no hook key: a server with one refuses, a server without one answers', async () => {
    const refusing = await engineWith(drops);
    const server = await register(application, refusing, {
      credentials: { hookKey: null },
      failurePolicy: 'abort',
    });
    expect((await sent('Hello')).answer).toMatchObject({ status: 502 });
    expect((await refusing.calls('_messageReceived'))[0]?.headers).not.toHaveProperty('x-lc-hook-key');
    const open = await engineWith(drops, { ...keys, hookKey: null });
    await change(application, server, { url: open.url });
    expect((await sent('Hello')).answer).toMatchObject({ body: { dropped: true } });
  });

  test.each([
    ['master key', { masterKey: 'wrong' }],
    ['application', { applicationId: 'another' }],
  ])('a wrong %s: nothing is known of its hooks', async (_title, credentials) => {
    const engine = await engineWith(drops);
    const server = await register(application, engine, { credentials });
    expect(server).toMatchObject({ deployed: [], lastError: 'unauthorized', lastRefreshedAt: null });
    expect(await change(application, server, { credentials: keys })).toMatchObject({
      deployed: ['messageReceived'],
      lastError: null,
      lastRefreshedAt: expect.any(Number),
    });
  });

  test('a wrong application key: which hooks there are is known, and calls fail', async () => {
    const engine = await engineWith(drops);
    await register(application, engine, { credentials: { applicationKey: 'wrong' }, failurePolicy: 'abort' });
    expect((await sent('Hello')).answer).toMatchObject({ status: 502 });
  });
});
