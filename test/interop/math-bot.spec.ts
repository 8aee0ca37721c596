import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestApplication } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { Example } from '../harness/example.js';
import { SharedWorld } from '../harness/shared-world.js';

/*
 * The bot of examples/math-bot, on LeanCloud's packages: what a user sends on a socket comes by a webhook, and the answer by
 * LeanCloud's REST API.
 */

let world: SharedWorld;
let application: TestApplication;
let bot: Example;
let botUrl: string;
let service: { id: string };
let toms: Client;
let jerrys: Client;

/** Stands before the bot, whose port is known only once it has started. */
let front: Server;
/** So many of the next calls are cut off, as by a bot that was killed before it answered. */
let cut: number;
let answers: number[];

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

beforeEach(async () => {
  application = await world.application();
  cut = 0;
  answers = [];
  front = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      cut -= 1;
      if (cut >= 0) {
        response.destroy();
        return;
      }
      const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('webhook-'));
      const answer = await fetch(`${botUrl}/webhook`, {
        method: 'POST',
        headers: headers as [string, string][],
        body,
      });
      answers.push(answer.status);
      response.writeHead(answer.status).end();
    })();
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  const { id, keys } = application;
  const setUp = Example.node('math-bot/set-up.mjs', [`http://127.0.0.1:${String(port)}/webhook`], {
    ...{ HOOKLINE_URL: world.gateways[0]!.url, HOOKLINE_APP_ID: id, HOOKLINE_MASTER_KEY: keys.masterKey },
  });
  expect([await setUp.exitCode(), setUp.output]).toEqual([
    0,
    expect.stringContaining('export MATH_CONV_ID='),
  ]);
  const [, conversationId = '', secret = ''] =
    /MATH_CONV_ID=(\S+) WEBHOOK_SECRET=(\S+)/.exec(setUp.output) ?? [];
  service = { id: conversationId };
  bot = Example.node('math-bot/server.mjs', [], {
    ...{ PORT: '0', LEANCLOUD_APP_ID: id, LEANCLOUD_APP_KEY: keys.appKey, MATH_CONV_ID: conversationId },
    ...{ LEANCLOUD_APP_MASTER_KEY: keys.masterKey, LEANCLOUD_API_SERVER: world.gateways[0]!.url },
    WEBHOOK_SECRET: secret,
  });
  await bot.says('listens on');
  botUrl = /listens on (\S+)/.exec(bot.output)![1]!;
  const [tom, jerry] = await application.users('Tom', 'Jerry');
  await application.add(service, jerry);
  [toms, jerrys] = [await tom.connect(), await jerry.connect()];
});

afterEach(async () => {
  for (const client of [toms, jerrys]) client.disconnect();
  front.closeAllConnections();
  front.close();
  await bot.stop();
});

/** What the bot has said to this client. */
function said(client: Client): unknown[] {
  return client
    .events(service)
    .filter(({ senderId }) => senderId === 'MathBot')
    .map((event) => ('content' in event && event.content.type === 'text' ? event.content.text : event));
}

describe('MathBot', () => {
  test('answers whoever asks, and nobody else hears of it; the chime is for everybody', async () => {
    await toms.send(service, '1+2*3');
    await eventually(() => {
      expect(said(toms)).toEqual(['7']);
    });
    await toms.send(service, 'Hello');
    await jerrys.send(service, '2^10');
    await eventually(() => {
      expect(said(toms)).toEqual(['7', 'I cannot calculate that.']);
      expect(said(jerrys)).toEqual(['1024']);
    });
    const { id, keys } = application;
    const chime = (key: string) =>
      fetch(`${botUrl}/1.1/functions/chime`, {
        method: 'POST',
        headers: { 'x-lc-id': id, 'x-lc-key': key, 'content-type': 'application/json' },
        body: '{}',
      });
    expect((await chime(keys.appKey)).ok).toBe(false);
    expect((await chime(`${keys.masterKey},master`)).status).toBe(200);
    await eventually(() => {
      for (const client of [toms, jerrys]) expect(said(client).at(-1)).toMatch(/^It is \d+ o'clock$/);
    });
    expect([said(toms).length, said(jerrys).length]).toEqual([3, 2]);
    expect(jerrys.events(service).filter(({ senderId }) => senderId === 'Tom')).toEqual([]);
  });

  test('is called again when it dies before it has answered, and answers once what comes twice', async () => {
    cut = 1;
    await toms.send(service, '6*7');
    await eventually(() => {
      expect(said(toms)).toEqual(['42']);
    });
    expect(answers.at(-1)).toBe(200);
  });

  test('believes nobody else', async () => {
    const rows = [
      { msgId: 'x', from: 'Tom', conv: { objectId: service.id }, data: '{"_lctext":"1","_lctype":-1}' },
    ];
    const forged = await fetch(`${botUrl}/webhook`, { method: 'POST', body: JSON.stringify(rows) });
    expect(forged.status).toBe(401);
  });
});
