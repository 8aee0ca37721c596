import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { newSigningKeyPair, newSigningSecret } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import { Post, type PostedTo, type PostResult } from './post.port.js';

const sealing = new Sealing(randomBytes(32).toString('base64'));
const outgoing = new OutgoingHttp(['127.0.0.0/8']);
const post = new Post(outgoing, sealing);
const secret = newSigningSecret();

let server: Server;
let received: { readonly headers: IncomingHttpHeaders; readonly body: string };
let answer: { readonly status: number; readonly headers?: object; readonly body?: string | Buffer };

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received = { headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await outgoing.onApplicationShutdown();
  await new Promise((resolve) => server.close(resolve));
});

const body = '{"cat":"\u{1f431}"}';

function send(
  changes: Partial<PostedTo> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<PostResult> {
  const endpoint: PostedTo = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    applicationId: 'cartoons',
    format: 'single',
    signatures: ['v1'],
    ...{ secretSealed: sealing.seal(secret), formerSecretSealed: null, formerSecretUntil: null },
    ...{ keySealed: null, formerKeySealed: null, formerKeyUntil: null },
    ...changes,
  };
  return post.send(endpoint, { id: 'message_1', body }, headers);
}

test('a message is a signed POST of JSON, and its answer comes back', async () => {
  answer = { status: 429, headers: { 'retry-after': '120' }, body: 'Later' };
  const before = Date.now();
  const result = await send({}, { 'hookline-test': 'true', 'webhook-id': 'another' });
  expect(result).toMatchObject({ kind: 'answered', status: 429, retryAfter: '120', answer: 'Later' });
  expect(result.startedAt).toBeGreaterThanOrEqual(before);
  const { headers } = received;
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'Hookline',
    'webhook-id': 'message_1',
    'hookline-test': 'true',
  });
  expect(new Webhook(secret).verify(received.body, headers as Record<string, string>)).toEqual({ cat: '🐱' });
});

test.each([
  ['nothing', '', ''],
  ['1 KiB', 'x'.repeat(1_024), 'x'.repeat(1_024)],
  ['more', 'x'.repeat(100_000), 'x'.repeat(1_024)],
  ['a character over the end', `${'x'.repeat(1_023)}ü`, 'x'.repeat(1_023)],
  ['what no text column takes', 'a\u0000b', 'a\ufffdb'],
  ['what is not UTF-8', Buffer.from([0x61, 0xff]), 'a\ufffd'],
])('of an answer its first 1 KiB is kept: %s', async (_title, sent, kept) => {
  answer = { status: 200, body: sent };
  expect(await send()).toMatchObject({ kind: 'answered', status: 200, retryAfter: null, answer: kept });
});

test('what cannot be sent is a failure', async () => {
  expect(await send({ url: 'http://10.0.0.1/' })).toMatchObject({
    kind: 'failed',
    failure: 'address_not_allowed',
  });
});

test('what cannot be signed is not sent, and is our failure', async () => {
  const other = new Sealing(randomBytes(32).toString('base64'));
  expect(await send({ secretSealed: other.seal(newSigningSecret()) })).toMatchObject({
    ...{ kind: 'failed', failure: 'unavailable', detail: 'SECRET_UNREADABLE' },
  });
});

test('every secret and key signs that is valid, the present one of a version first', async () => {
  answer = { status: 204 };
  const [former, past] = [newSigningSecret(), newSigningSecret()];
  const signed = async (changes: Partial<PostedTo>): Promise<string[]> => {
    await send(changes);
    const { 'webhook-signature': signatures = '' } = received.headers;
    return String(signatures).split(' ');
  };
  const inAMinute = new Date(Date.now() + 60_000);
  const formerSecret = { formerSecretSealed: sealing.seal(former), formerSecretUntil: inAMinute };
  const keys = {
    ...{ keySealed: sealing.seal(newSigningKeyPair().privateKey) },
    ...{ formerKeySealed: sealing.seal(newSigningKeyPair().privateKey), formerKeyUntil: inAMinute },
  };
  const versions = (signatures: readonly string[]) => signatures.map((one) => one.split(',')[0]);

  const both = await signed({ ...formerSecret, ...keys, signatures: ['v1a', 'v1'] });
  expect(versions(both)).toEqual(['v1', 'v1', 'v1a', 'v1a']);
  expect(new Set(both).size).toBe(4);
  for (const [index, each] of [secret, former].entries()) {
    const headers = { ...(received.headers as Record<string, string>), 'webhook-signature': both[index]! };
    expect(new Webhook(each).verify(received.body, headers)).toEqual({ cat: '🐱' });
  }
  expect(versions(await signed({ ...keys, ...formerSecret }))).toEqual(['v1', 'v1']);
  expect(versions(await signed({ ...keys, signatures: ['v1a'] }))).toEqual(['v1a', 'v1a']);
  const over = { formerSecretSealed: sealing.seal(past), formerSecretUntil: new Date(Date.now() - 1) };
  expect(versions(await signed(over))).toEqual(['v1']);
});
