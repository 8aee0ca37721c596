import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import {
  changeHook,
  dryRunOf,
  hookOf,
  runsOf,
  sampleRequest,
  statisticsOf,
} from '../harness/managed-hooks.js';
import { SharedWorld } from '../harness/shared-world.js';
import { HttpAnswer, SlowAnswer } from '../harness/signed-server.js';

let world: SharedWorld;
beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

let application: TestApplication;
let tom: TestUser;
let group: { id: string };
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom]);
});

const drop = { action: 'drop' } as const;
const { event } = sampleRequest;
const asked = {
  conversation: sampleRequest.conversation,
  origin: sampleRequest.origin,
  event: { type: event.type, senderId: event.senderId, content: event.content },
  recipients: ['jerry'],
};

describe('runs', () => {
  test('tell how each call went, newest first, page by page, and nothing of what was said', async () => {
    const hook = await application.hook(() => drop);
    await tom.send(group, 'a whispered secret');
    hook.behave(() => ({ content: { type: 'text', text: 'a louder secret' } }));
    await tom.send(group, 'a whispered secret');
    hook.behave(() => ({ 'a whispered secret': 'a whispered secret' }));
    await tom.send(group, 'Hello');
    const outcomes = async () => (await runsOf(application, hook)).runs.map(({ outcome }) => outcome);
    await eventually(async () => expect(await outcomes()).toEqual(['invalid_answer', 'rewrite', 'drop']));
    const { runs } = await runsOf(application, hook);
    expect(runs[2]).toMatchObject({
      ...{
        callId: hook.received[0]!.id,
        conversationId: group.id,
        outcome: 'drop',
        failed: false,
        status: 200,
      },
      ...{ requestBytes: hook.received[0]!.text.length, answerBytes: JSON.stringify(drop).length },
      ...{ mode: 'live', dryRun: false, contents: false, answer: drop },
      request: { hook: 'messageReceived', event: { content: { type: 'object', bytes: 43 } } },
    });
    expect(runs[0]).toMatchObject({ failed: true, answer: { unknownFields: 1 } });
    expect(JSON.stringify(runs)).not.toContain('secret');
    expect(await world.database.tablesWith('a whispered secret')).toEqual([]);
    const { nextCursor } = await runsOf(application, hook, { limit: 2 });
    expect((await runsOf(application, hook, { limit: 2, cursor: nextCursor! })).runs).toEqual([runs[2]]);
  });

  test('have what was said for an hour when their owner wants it, and not when no more', async () => {
    const hook = await application.hook(() => drop, { recordContents: true });
    await tom.send(group, 'to be debugged');
    await eventually(async () =>
      expect((await runsOf(application, hook)).runs).toMatchObject([
        { contents: true, answer: drop, request: { event: { content: { text: 'to be debugged' } } } },
      ]),
    );
    const [kept] = await world.database.sql(
      `SELECT expires_at <= now() + interval '1 hour' AS "isShort" FROM hook_engine.hook_run WHERE hook_id = $1::uuid`,
      hook.id,
    );
    expect(kept).toEqual({ isShort: true });
    expect(await changeHook(application, hook, { recordContents: false })).toMatchObject({
      recordContentsUntil: null,
    });
    await tom.send(group, 'no more');
    await eventually(async () =>
      expect((await runsOf(application, hook)).runs.map(({ contents }) => contents)).toEqual([false, true]),
    );
  });

  test('are kept to the last ones of each hook, and go with it', async () => {
    const hook = await application.hook(() => drop);
    const count = async () =>
      (await world.database.sql('SELECT id FROM hook_engine.hook_run WHERE hook_id = $1::uuid', hook.id))
        .length;
    for (let sent = 0; sent < limits.hookRunsKept + 5; sent++) await tom.send(group, 'Hello');
    const newest = async () => (await runsOf(application, hook, { limit: 1 })).runs[0]?.callId;
    await eventually(async () => expect(await newest()).toBe(hook.received.at(-1)!.id));
    expect(await count()).toBe(limits.hookRunsKept);
    await application.deleteHook(hook);
    expect(await count()).toBe(0);
  });

  test('of another application are not to be seen', async () => {
    const hook = await application.hook(() => drop);
    const other = await world.application();
    const problem = { problem: { code: 'hook_not_found' } };
    await expect(runsOf(other, hook)).rejects.toMatchObject(problem);
    await expect(dryRunOf(other, hook, {})).rejects.toMatchObject(problem);
    expect(hook.received).toEqual([]);
  });
});

describe('statistics', () => {
  test('count what came of the calls, and not of dry runs', async () => {
    const hook = await application.hook(() => drop);
    const { circuit } = await hookOf(application, hook);
    expect(await statisticsOf(application, hook)).toEqual({
      ...{ since: null, calls: 0, failed: 0, verdicts: {}, failures: {}, duration: null, circuit },
    });
    for (const answer of [drop, drop, {}, new HttpAnswer(500)]) {
      hook.behave(() => answer);
      await tom.send(group, 'Hello');
    }
    await dryRunOf(application, hook, asked);
    await eventually(async () => expect((await runsOf(application, hook)).runs).toHaveLength(5));
    const { runs } = await runsOf(application, hook);
    const longest = Math.max(...runs.filter(({ dryRun }) => !dryRun).map(({ duration }) => duration));
    expect(await statisticsOf(application, hook)).toEqual({
      ...{ since: runs.at(-1)!.startedAt, calls: 4, failed: 1 },
      ...{ verdicts: { pass: 1, drop: 2 }, failures: { status_500: 1 } },
      ...{ duration: { p50: expect.any(Number), p99: longest }, circuit },
    });
  });

  test('are the same whichever replica has made the calls', async () => {
    const hook = await application.hook(() => drop);
    await tom.send(group, 'Hello');
    await eventually(async () => expect((await statisticsOf(application, hook)).calls).toBe(1));
    // As another replica has written it.
    await world.database.sql(
      `INSERT INTO hook_engine.hook_run SELECT (jsonb_populate_record(run, jsonb_build_object('id', gen_random_uuid(),
        'outcome', 'timeout', 'failed', true, 'duration', 3000))).*
       FROM hook_engine.hook_run AS run WHERE hook_id = $1::uuid`,
      hook.id,
    );
    expect(await statisticsOf(application, hook)).toMatchObject({
      ...{ calls: 2, verdicts: { drop: 1 }, failures: { timeout: 1 }, duration: { p99: 3_000 } },
    });
  });

  test("are nobody else's", async () => {
    const hook = await application.hook(() => drop);
    await expect(statisticsOf(await world.application(), hook)).rejects.toMatchObject({
      ...{ status: 404, problem: { code: 'hook_not_found' } },
    });
  });
});

const failures: [string, () => unknown, string][] = [
  ['does not answer within its deadline', () => new Promise<never>(() => undefined), 'timeout'],
  // Whose answer would be taken, if it were not for the deadline.
  ['answers byte by byte', () => new SlowAnswer('{"action":"drop"}'), 'timeout'],
  ['answers 500', () => new HttpAnswer(500), 'status_500'],
  ['redirects', () => new HttpAnswer(307, '', { location: 'http://127.0.0.1:1/' }), 'redirect'],
  ['answers no JSON', () => new HttpAnswer(200, '<html>'), 'invalid_json'],
  ['answers an unknown field', () => ({ actoin: 'drop' }), 'invalid_answer'],
  [
    'answers more than is read',
    () => new HttpAnswer(200, ' '.repeat(limits.hookAnswerBytes + 1)),
    'answer_too_large',
  ],
];

test.each(failures)('a hook that %s is seen to fail by that name', async (_title, behaviour, failure) => {
  const hook = await application.hook(() => ({}), { deadline: 300, failurePolicy: 'abort' });
  hook.behave(behaviour);
  expect(await tom.send(group, 'Hello')).toMatchObject({
    status: 502,
    body: { code: 'hook_failed', detail: `A hook failed: ${failure}` },
  });
  await eventually(async () =>
    expect((await runsOf(application, hook)).runs).toMatchObject([{ outcome: failure, failed: true }]),
  );
});

test('a hook that cannot be reached is seen to refuse', async () => {
  const hook = await application.hook(() => ({}), { failurePolicy: 'abort' });
  await hook.close();
  await tom.send(group, 'Hello');
  await eventually(async () =>
    expect((await runsOf(application, hook)).runs).toMatchObject([{ outcome: 'refused', status: null }]),
  );
});

test('a redirect is not followed, wherever it leads', async () => {
  const elsewhere = await world.signedServer(() => ({ action: 'drop' }));
  elsewhere.registered({ id: '', secret: 'whsec_bm9ib2R5IGtub3dzIHRoaXMgb25l' });
  const hook = await application.hook(() => new HttpAnswer(307, '', { location: elsewhere.url }));
  expect((await tom.send(group, 'Hello')).status).toBe(201);
  await eventually(async () =>
    expect((await runsOf(application, hook)).runs).toMatchObject([{ outcome: 'redirect', failed: true }]),
  );
  expect([elsewhere.received.length, elsewhere.forged]).toEqual([0, 0]);
});

describe('a dry run', () => {
  test('asks a hook, disabled or not, and tells what it says', async () => {
    const reject = { action: 'reject', code: 7, detail: 'No' };
    const hook = await application.hook(() => reject as { action: 'reject'; code: number; detail: string }, {
      enabled: false,
    });
    expect(await dryRunOf(application, hook, asked)).toMatchObject({
      ...{ verdict: 'reject', failure: null, status: 200, answer: reject },
    });
    hook.behave(() => new HttpAnswer(200, 'Holy crap!'));
    expect(await dryRunOf(application, hook, asked)).toMatchObject({
      ...{ verdict: null, failure: 'invalid_json', status: 200, answer: 'Holy crap!' },
    });
    expect(hook.bodies[0]).toMatchObject({
      ...asked,
      hook: 'messageReceived',
      applicationId: application.id,
    });
    expect(new Set(hook.received.map(({ id }) => id)).size).toBe(2);
    expect((await tom.history(group)).map(({ type }) => type)).not.toContain('message');
    await eventually(async () =>
      expect((await runsOf(application, hook)).runs.map(({ dryRun }) => dryRun)).toEqual([true, true]),
    );
  });

  test('tells a hook that is told', async () => {
    const hook = await application.afterHook();
    expect(await dryRunOf(application, hook, sampleRequest)).toMatchObject({ verdict: 'heard', status: 200 });
  });

  test('takes what the hook would get, and names what is wrong', async () => {
    const hook = await application.hook(() => ({}));
    await expect(
      application.call(operations.dryRunHook, {
        parameters: { hookId: hook.id },
        body: { request: { ...asked, recipients: 'jerry' } },
      }),
    ).rejects.toMatchObject({ problem: { errors: [{ pointer: '/request/recipients' }] } });
    expect(hook.received).toEqual([]);
  });
});
