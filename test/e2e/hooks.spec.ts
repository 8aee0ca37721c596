import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MessageContent } from '#contracts/message-content.js';
import type { Hook } from '#contracts/hooks/registration.js';
import type { MessageReceivedRequest } from '#contracts/hooks/requests.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import type { RestAnswer } from '../harness/rest.js';
import { HttpAnswer, SlowAnswer, type SignedCall } from '../harness/signed-server.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let group: { id: string };

async function cast(options: { hookFailure?: 'continue' | 'abort' } = {}): Promise<void> {
  application = await world.application(options);
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
  group = await application.group([tom, jerry, spike]);
}

const text = (value: string) => ({ type: 'text', text: value }) as const;
const said = ({ body }: SignedCall<MessageReceivedRequest>) => (body.event.content as { text: string }).text;
const append = (suffix: string) => (call: SignedCall<MessageReceivedRequest>) => ({
  content: text(said(call) + suffix),
});
const never = () => new Promise<never>(() => undefined);
/** Contents of what Jerry may see, without his own joining. */
const seen = async (user = jerry) =>
  (await user.history(group)).slice(1).map((event) => ('content' in event ? event.content : event));
const asStored = (hookIds?: string[]) => ({
  status: 201,
  body: hookIds === undefined ? { modified: null } : { modified: { hookIds } },
});

describe('several hooks', () => {
  beforeEach(() => cast());

  test('run in ascending position, then as registered, each on what the one before has made', async () => {
    const third = await application.hook(append('3'), { position: 10 });
    const fourth = await application.hook(append('4'), { position: 10 });
    const first = await application.hook(append('1'), { position: 1 });
    const silent = await application.hook(() => ({}), { position: 2 });
    const second = await application.hook(append('2'), { position: 3 });
    expect(await tom.send(group, '0')).toMatchObject(asStored([first.id, second.id, third.id, fourth.id]));
    expect(silent.received.map(said)).toEqual(['01']);
    expect(fourth.received.map(said)).toEqual(['0123']);
    expect(await seen()).toEqual([text('01234')]);
  });

  test.each([
    ['a drop', { action: 'drop' as const }],
    ['a rejection', { action: 'reject' as const, code: 1, detail: 'No' }],
  ])('are not asked after %s', async (_title, answer) => {
    await application.hook(() => answer, { position: 1 });
    const later = await application.hook(() => ({}), { position: 2 });
    await tom.send(group, 'Hello');
    expect(later.received).toEqual([]);
    expect(await seen()).toEqual([]);
  });

  test('leave nobody but the sender, or somebody who is no member', async () => {
    const butch = await application.user('butch');
    await application.hook((call) =>
      said(call) === 'alone' ? { recipients: [] } : { recipients: ['butch'] },
    );
    await tom.send(group, 'alone');
    const { body } = await tom.send(group, 'for Butch');
    expect(await seen(tom)).toEqual([text('alone'), text('for Butch')]);
    expect(await seen()).toEqual([]);
    expect(await butch.event(group, (body as { eventId: string }).eventId)).toMatchObject({ status: 200 });
  });

  test('that name the same recipients have changed nothing', async () => {
    await application.hook(({ body }) => ({ recipients: [...body.recipients.toReversed(), 'tom', 'jerry'] }));
    expect(await tom.send(group, 'Hello')).toMatchObject(asStored());
    expect(await seen()).toEqual([text('Hello')]);
  });

  test('that are disabled are not asked', async () => {
    const disabled = await application.hook(() => ({ action: 'drop' }), { enabled: false });
    expect(await tom.send(group, 'Hello')).toMatchObject(asStored());
    expect(disabled.received).toEqual([]);
  });
});

describe('a rejection', () => {
  test("brings the hook's code and detail to the sender, and stores nothing", async () => {
    await cast();
    await application.hook(() => ({ action: 'reject', code: 1234, detail: 'No advertisements here' }));
    expect(await tom.send(group, 'buy')).toMatchObject({
      status: 403,
      body: { code: 'rejected_by_hook', hook: { code: 1234, detail: 'No advertisements here' } },
    });
    expect(await seen(tom)).toEqual([]);
  });
});

describe('custom events', () => {
  beforeEach(() => cast());

  test('are shown by their type, with their data as JSON, which may be rewritten', async () => {
    const hook = await application.hook(() => ({ content: { type: 'json', json: { your: 'datum' } } }));
    expect(await tom.sendCustom(group, 'my_custom_event', { your: 'data' })).toMatchObject({
      body: { modified: { data: { your: 'datum' }, hookIds: [hook.id] } },
    });
    expect(hook.bodies[0]?.event).toEqual({
      type: 'custom:my_custom_event',
      senderId: 'tom',
      content: { type: 'json', json: { your: 'data' } },
    });
    expect(await seen()).toMatchObject([{ type: 'custom:my_custom_event', data: { your: 'datum' } }]);
  });

  test.each<[string, MessageContent]>([
    ['text', text('no JSON')],
    ['more data than is allowed', { type: 'json', json: 'x'.repeat(limits.customEventDataBytes) }],
  ])('rewritten to %s: the hook has failed', async (_title, content) => {
    await application.hook(() => ({ content }));
    expect(await tom.sendCustom(group, 'my_custom_event', 1)).toMatchObject(asStored());
    expect(await seen()).toMatchObject([{ data: 1 }]);
  });
});

const failures: [string, () => unknown][] = [
  ['does not answer within its deadline', never],
  ['answers byte by byte', () => new SlowAnswer('{"action":"drop"}')],
  ['answers 500', () => new HttpAnswer(500)],
  ['answers 201', () => new HttpAnswer(201, '{"action":"drop"}')],
  ['redirects', () => new HttpAnswer(307, '', { location: 'http://127.0.0.1:1/' })],
  ['answers no JSON', () => new HttpAnswer(200, '<html>')],
  ['answers an unknown field', () => ({ actoin: 'drop' })],
  ['answers more than is read', () => new HttpAnswer(200, ' '.repeat(limits.hookAnswerBytes + 1))],
  ['rewrites to more than may be stored', () => ({ content: text('x'.repeat(limits.messageBytes)) })],
];
const deadline = 200;
const stored = (answer: RestAnswer) => {
  expect(answer).toMatchObject(asStored());
};
const failed = (answer: RestAnswer) => {
  expect(answer).toMatchObject({ status: 502, body: { code: 'hook_failed', retryable: true } });
};

describe('a hook that fails', () => {
  test.each(failures)('%s: the original goes on', async (_title, behaviour) => {
    await cast();
    const hook = await application.hook(() => ({}), { deadline });
    hook.behave(behaviour);
    stored(await tom.send(group, 'Hello'));
    expect(await seen()).toEqual([text('Hello')]);
  });

  test.each(failures)('%s: nothing is stored when its policy is to abort', async (_title, behaviour) => {
    await cast();
    const hook = await application.hook(() => ({}), { deadline, failurePolicy: 'abort' });
    hook.behave(behaviour);
    failed(await tom.send(group, 'Hello'));
    expect(await seen(tom)).toEqual([]);
  });

  test.each([
    ['continue', 'default', stored],
    ['abort', 'default', failed],
    ['abort', 'continue', stored],
    ['continue', 'abort', failed],
  ] as const)('application %s, hook %s', async (hookFailure, failurePolicy, expected) => {
    await cast({ hookFailure });
    const hook = await application.hook(() => ({}), { failurePolicy });
    await hook.close();
    expected(await tom.send(group, 'Hello'));
  });

  test('keeps what the hooks before it have changed', async () => {
    await cast();
    const first = await application.hook(append('!'), { position: 1 });
    await application.hook(() => new HttpAnswer(500), { position: 2 });
    expect(await tom.send(group, 'Hello')).toMatchObject(asStored([first.id]));
    expect(await seen()).toEqual([text('Hello!')]);
  });
});

describe('registration', () => {
  beforeEach(() => cast());
  const url = 'http://127.0.0.1:9/hook';
  const create = (changes: object, idempotencyKey?: string) =>
    application.call<Hook & { secret: string }>(operations.createHook, {
      body: { name: 'messageReceived', url, ...changes },
      idempotencyKey,
    });
  const list = async () => (await application.call<{ hooks: Hook[] }>(operations.listHooks)).hooks;

  test('counts from the answer on, at every replica, and so does removal', async () => {
    for (let round = 0; round < 3; round++) {
      const hook = await application.hook(() => ({ action: 'drop' }));
      const dropped = await Promise.all(Array.from({ length: 8 }, () => tom.send(group, 'Hello')));
      for (const { body } of dropped) expect(body).toMatchObject({ dropped: true });
      await application.deleteHook(hook);
      expect(await tom.send(group, 'Hello')).toMatchObject(asStored());
    }
  });

  test('shows the secret once and stores it sealed', async () => {
    const { secret, ...hook } = await create({});
    expect(secret).toMatch(/^whsec_/);
    expect(await list()).toEqual([hook]);
    expect(await world.database.tablesWith(secret)).toEqual([]);
    expect(world.filesWith(secret)).toEqual([]);
  });

  test('repeated with its idempotency key is the first one again', async () => {
    const hook = await create({ position: 3 }, 'once');
    expect(await create({ position: 3 }, 'once')).toEqual(hook);
    await expect(create({ position: 4 }, 'once')).rejects.toMatchObject({ status: 409 });
    expect(await list()).toHaveLength(1);
  });

  test.each([
    ['http://10.0.0.1/'],
    ['http://169.254.169.254/latest/meta-data/'],
    ['http://[::1]:3000/'],
    ['http://[::ffff:10.0.0.1]/'],
    ['http://0x0a000001/'],
  ])('%s leads where nobody may go', async (inside) => {
    await expect(create({ url: inside })).rejects.toMatchObject({
      status: 422,
      problem: { code: 'address_not_allowed' },
    });
    expect(await list()).toEqual([]);
  });

  test('ends at the limit', async () => {
    for (let count = 0; count < limits.hooksPerApplication; count++) await create({ enabled: false });
    await expect(create({})).rejects.toMatchObject({ status: 422, problem: { code: 'too_many_hooks' } });
  });

  test('of another application is not found', async () => {
    const { id } = await create({});
    const other = await world.application();
    await expect(other.deleteHook({ id })).rejects.toMatchObject({ problem: { code: 'hook_not_found' } });
    expect(await list()).toHaveLength(1);
  });
});

describe('after-hooks', () => {
  test('are told again under the same id when they fail, and in order', async () => {
    await cast();
    const hook = await application.afterHook();
    hook.behave(() => (hook.received.length === 1 ? new HttpAnswer(503) : undefined));
    for (const word of ['one', 'two', 'three']) await tom.send(group, word);
    await eventually(() => expect(hook.received).toHaveLength(4));
    const [first, again] = hook.received;
    expect(again).toMatchObject({ id: first?.id, text: first?.text });
    expect(hook.bodies.map(({ event }) => event.seq)).toEqual([2, 2, 3, 4]);
  });
});
