import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { openBrowser } from '../harness/browser.js';
import { Example } from '../harness/example.js';
import { SharedWorld } from '../harness/shared-world.js';

describe('the examples do what they say', () => {
  let world: SharedWorld;
  const running: Example[] = [];

  function run(
    program: string,
    settings: Readonly<Record<string, string>>,
    ...parameters: string[]
  ): Example {
    const example = Example.node(program, parameters, settings);
    running.push(example);
    return example;
  }

  beforeAll(async () => {
    world = await SharedWorld.attach();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((example) => example.stop()));
  });
  afterAll(() => world.close());

  const keysOf = ({ keys }: TestApplication) => ({
    HOOKLINE_APP_ID: keys.id,
    HOOKLINE_MASTER_KEY: keys.masterKey,
  });

  describe('main-job', () => {
    const gateways = () => ({ HOOKLINE_GATEWAY_URLS: world.gateways.map(({ url }) => url).join(',') });

    test('shows every step as promised in an application that it makes', async () => {
      const HOOKLINE_INSTALLATION_KEY = world.owner.authorization.replace('Bearer ', '');
      const job = run('main-job/main-job.mjs', { ...gateways(), HOOKLINE_INSTALLATION_KEY });
      const code = await job.exitCode();
      expect(job.output).not.toContain('✗');
      expect(job.output).toMatch(/\nEverything was as promised\.\n$/);
      expect(code).toBe(0);
    });

    test('can be repeated in one application, and leaves nothing registered', async () => {
      const application = await world.application();
      for (const round of [1, 2]) {
        const job = run('main-job/main-job.mjs', { ...gateways(), ...keysOf(application) });
        expect({ round, code: await job.exitCode(), crosses: job.output.match(/✗.*/g) }).toEqual({
          round,
          code: 0,
          crosses: null,
        });
      }
      expect(await application.call(operations.listHooks)).toEqual({ hooks: [] });
      expect(await application.call(operations.listWebhooks)).toEqual({ webhooks: [] });
    });

    test('ends with 1 and a cross when something is not as promised', async () => {
      const job = run('main-job/main-job.mjs', { ...gateways(), HOOKLINE_INSTALLATION_KEY: 'a wrong key' });
      expect(await job.exitCode()).toBe(1);
      expect(job.output).toContain('✗ POST /applications was answered with 401');
    });
  });

  describe('moderation-hook', () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const now = Math.floor(Date.now() / 1000);

    async function started(): Promise<string> {
      const hook = run('moderation-hook/server.mjs', { PORT: '0', HOOK_SECRET: secret });
      await hook.says('listens on');
      return /listens on (\S+)/.exec(hook.output)![1]!;
    }

    function asked(text: string, recipients = ['jerry', 'spike']): string {
      const event = { type: 'message', senderId: 'tom', content: { type: 'text', text } };
      return JSON.stringify({ hook: 'messageReceived', event, recipients });
    }

    function signature(body: string, timestamp = now, key = secret): string {
      const bytes = Buffer.from(key.replace('whsec_', ''), 'base64');
      const code = createHmac('sha256', bytes)
        .update(`call-1.${String(timestamp)}.${body}`)
        .digest('base64');
      return `v1,${code}`;
    }

    function call(url: string, body: string, signatures: string, timestamp = now): Promise<Response> {
      const headers = {
        'webhook-id': 'call-1',
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatures,
      };
      return fetch(url, { method: 'POST', headers, body });
    }

    test('rewrites, drops, rejects, narrows, or leaves alone what is well signed', async () => {
      const url = await started();
      const decide = async (body: string): Promise<unknown> => {
        const response = await call(url, body, signature(body));
        expect(response.status).toBe(200);
        return response.json();
      };
      expect(await decide(asked('Holy crap!'))).toEqual({ content: { type: 'text', text: 'Holy **!' } });
      expect(await decide(asked('buy spam'))).toEqual({ action: 'drop' });
      expect(await decide(asked('the casino is open'))).toEqual({
        action: 'reject',
        code: 1234,
        detail: 'No advertisements here',
      });
      expect(await decide(asked('@jerry psst'))).toEqual({ recipients: ['jerry'] });
      expect(await decide(asked('hello'))).toEqual({});
      const custom = { type: 'custom:wave', senderId: 'tom', content: { type: 'json', json: 'crap' } };
      expect(await decide(JSON.stringify({ event: custom, recipients: ['jerry'] }))).toEqual({});
    });

    test('takes one good signature among several', async () => {
      const body = asked('hello');
      const response = await call(await started(), body, `v2,other v1,b3RoZXI= ${signature(body)}`);
      expect(response.status).toBe(200);
    });

    test('refuses a wrong key, a changed body, an old call, and a missing signature', async () => {
      const url = await started();
      const body = asked('hello');
      const foreign = `whsec_${randomBytes(32).toString('base64')}`;
      const old = now - 301;
      const answers = await Promise.all([
        call(url, body, signature(body, now, foreign)),
        call(url, asked('hallo'), signature(body)),
        call(url, body, signature(body, old), old),
        call(url, body, ''),
        fetch(url, { method: 'POST', body }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    });

    test('does not start without a secret', async () => {
      const hook = run('moderation-hook/server.mjs', { PORT: '0' });
      expect(await hook.exitCode()).toBe(1);
      expect(hook.output).toContain('Set HOOK_SECRET');
    });
  });

  test('leanengine-hook: runs as it runs at LeanCloud', async () => {
    const hook = run('leanengine-hook/server.mjs', {
      PORT: '0',
      LEANCLOUD_APP_ID: 'my-application',
      LEANCLOUD_APP_KEY: 'my-key',
      LEANCLOUD_APP_MASTER_KEY: 'my-master-key',
      LEANCLOUD_APP_HOOK_KEY: 'my-hook-key',
    });
    await hook.says('listens on');
    const application = await world.application();
    const { deployed } = await application.call<{ deployed: string[] }>(operations.createHookServer, {
      body: {
        protocol: 'leanengine',
        url: /listens on (\S+)/.exec(hook.output)![1]!,
        credentials: {
          applicationId: 'my-application',
          applicationKey: 'my-key',
          masterKey: 'my-master-key',
          hookKey: 'my-hook-key',
        },
      },
    });
    expect(deployed).toEqual(['messageReceived', 'conversationUpdate']);
    const tom = await application.user('tom');
    const group = await application.group([tom]);
    const sent = (text: string) => tom.send(group, text);
    expect((await sent('Holy crap!')).body).toMatchObject({ modified: { content: { text: 'Holy **!' } } });
    expect((await sent('buy spam')).body).toMatchObject({ dropped: true });
    expect((await sent('the casino is open')).body).toMatchObject({ hook: { code: 1234 } });
  });

  test('leanengine-hook: does not start without keys', async () => {
    const hook = run('leanengine-hook/server.mjs', { PORT: '0' });
    expect(await hook.exitCode()).toBe(1);
    expect(hook.output).toContain('Set LEANCLOUD_APP_ID');
  });

  test('chat: two terminals talk, and the moderation hook shows in what they see', async () => {
    const application = await world.application();
    const settings = (gateway: number) => ({
      ...keysOf(application),
      HOOKLINE_URL: world.gateways[gateway]!.url,
    });
    const hook = run('moderation-hook/server.mjs', { ...settings(0), PORT: '0' }, '--register');
    await hook.says('registered as hook');
    const tom = run('chat/chat.mjs', settings(0), 'tom');
    await tom.says('-- connected');
    const jerry = run('chat/chat.mjs', settings(1), 'jerry');
    await jerry.says('-- connected');
    await tom.says('2 jerry joined');

    tom.types('Holy crap!');
    await tom.says('-- 3 was modified; it says: Holy **!');
    await jerry.says('3 tom: Holy **!');
    tom.types('buy spam');
    await tom.says('-- dropped');
    tom.types('the casino is open');
    await tom.says('-- rejected by a hook: 1234 No advertisements here');
    tom.types('/custom wave {"with":"both hands"}');
    await jerry.says('4 tom custom:wave {"with":"both hands"}');
    jerry.types('goodbye');
    await tom.says('5 jerry: goodbye');
    expect(await jerry.hangUp()).toBe(0);
    expect(await tom.hangUp()).toBe(0);

    expect(await hook.stop()).toBe(0);
    expect(hook.output).toContain('removed hook');
    expect(await application.call(operations.listHooks)).toEqual({ hooks: [] });
  });

  test('vonage-page: two people wave to each other in a browser, also when it is started again', async () => {
    const application = await world.application();
    const folder = mkdtempSync(join(tmpdir(), 'vonage-page-'));
    const settings = {
      ...keysOf(application),
      HOOKLINE_URL: world.gateways[0]!.url,
      PRIVATE_KEY: join(folder, 'key.pem'),
      PORT: '0',
    };
    const browser = await openBrowser();
    try {
      for (const round of [1, 2]) {
        const example = run('vonage-page/serve.mjs', settings);
        // It has asked a dozen times by then, one after the other.
        await example.says('are at', 60_000);
        const page = await browser.newPage();
        await page.goto(/are at (\S+)/.exec(example.output)![1]!);
        const alice = page.frameLocator('[title=alice]');
        const bob = page.frameLocator('[title=bob]');
        for (const frame of [alice, bob]) await frame.locator('input:enabled').waitFor();
        await alice.getByRole('button', { name: 'Wave' }).click();
        await bob.getByLabel('Message').fill(`Hello ${String(round)}`);
        await bob.getByRole('button', { name: 'Send' }).click();
        for (const frame of [alice, bob]) {
          const heard = frame.getByRole('log');
          await heard.getByText('alice waves with 2 hands', { exact: true }).waitFor();
          await heard.getByText(`bob: Hello ${String(round)}`, { exact: true }).waitFor();
        }
        await page.close();
        await example.stop();
      }
      const { publicKeys } = await world.call<{ publicKeys: string[] }>(operations.getApplication, {
        as: world.owner,
        parameters: { applicationId: application.id },
      });
      expect(publicKeys).toHaveLength(1);
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true });
    }
  });
});
