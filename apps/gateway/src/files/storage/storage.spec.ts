import { createHash, createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import S3rver from 's3rver';
import type { S3Place } from '../../files.config.js';
import { DiskStorage } from './disk-storage.js';
import { S3Storage } from './s3-storage.js';
import type { FileStorage, LocalBytes, StoredForm } from './storage.js';

const folder = mkdtempSync(join(tmpdir(), 'hookline-storage-'));
const keys = { accessKey: 'S3RVER', secretKey: 'S3RVER' };
const region = 'eu-north-1';
let server: Server;
let place: S3Place;
const opened: S3Storage[] = [];

beforeAll(async () => {
  const directory = join(folder, 's3');
  const bucket = 'files';
  const s3rver = new S3rver({ directory, silent: true, configureBuckets: [{ name: bucket, configs: [] }] });
  await s3rver.configureBuckets();
  const serve = s3rver.callback();
  // s3rver takes every signature of version 4; real services do not.
  server = createServer((request, response) => {
    if (isSigned(request)) serve(request, response);
    else response.writeHead(403).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  place = { endpoint, bucket, region, ...keys, pathStyle: true };
});
afterAll(async () => {
  for (const storage of opened) await storage.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As AWS describes its Signature Version 4, from the request as it came. */
function isSigned({ method = '', url = '', headers }: IncomingMessage): boolean {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, accessKey = '', day = '', signedRegion = '', names = '', signature] =
    form.exec(headers.authorization ?? '') ?? [];
  const value = (name: string): string => String(headers[name]);
  const [path, query = ''] = url.split('?');
  const request = [
    ...[method, path, query],
    ...names.split(';').map((name) => `${name}:${value(name)}`),
    ...['', names, value('x-amz-content-sha256')],
  ].join('\n');
  const scope = `${day}/${signedRegion}/s3/aws4_request`;
  const digest = createHash('sha256').update(request).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
  const signing = [day, signedRegion, 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${keys.secretKey}`,
  );
  const expected = hmac(signing, ['AWS4-HMAC-SHA256', value('x-amz-date'), scope, digest].join('\n'));
  return accessKey === keys.accessKey && signedRegion === region && expected.toString('hex') === signature;
}

function local(content: string): LocalBytes {
  const path = join(folder, randomUUID());
  writeFileSync(path, content);
  const digest = createHash('sha256').update(content).digest('hex');
  return { path, size: Buffer.byteLength(content), digest, contentType: 'text/plain' };
}

function form(size: StoredForm['size'] = 'original', applicationId = 'car.too_ns~1'): StoredForm {
  return { applicationId, fileId: randomUUID(), size };
}

function s3(change: Partial<S3Place> = {}): S3Storage {
  const storage = new S3Storage({ ...place, ...change });
  opened.push(storage);
  return storage;
}

async function text(
  storage: FileStorage,
  of: StoredForm,
  extent: [number, number] | null = null,
): Promise<string | null> {
  const bytes = await storage.read(of, extent === null ? null : { first: extent[0], last: extent[1] });
  return bytes === null ? null : (await buffer(bytes)).toString();
}

describe.each([
  ['disk', () => new DiskStorage(join(folder, 'disk'))],
  ['s3', () => s3()],
] as const)('%s keeps the bytes of files', (_name, make) => {
  test('what was stored is read, whole and in parts', async () => {
    const [storage, one] = [make(), form()];
    await storage.store(one, local('0123456789'));
    expect(await text(storage, one)).toBe('0123456789');
    expect(await text(storage, one, [2, 4])).toBe('234');
    expect(await text(make(), one, [9, 9])).toBe('9');
  });

  test('large files come back byte by byte', async () => {
    const [storage, one] = [make(), form()];
    const content = 'cheese'.repeat(1_000_000);
    await storage.store(one, local(content));
    expect((await text(storage, one)) === content).toBe(true);
  });

  test('an empty file is a file', async () => {
    const [storage, one] = [make(), form()];
    await storage.store(one, local(''));
    expect(await text(storage, one)).toBe('');
  });

  test('forms of a file, and files, do not get in the way of each other', async () => {
    const storage = make();
    const [original, other] = [form(), form('original', 'another')];
    const small: StoredForm = { ...original, size: 'small' };
    for (const one of [original, small, other]) await storage.store(one, local(JSON.stringify(one)));
    for (const one of [original, small, other]) expect(await text(storage, one)).toBe(JSON.stringify(one));
    expect(await text(storage, { ...other, applicationId: original.applicationId })).toBeNull();
    await storage.remove(original);
    expect([await text(storage, original), await text(storage, small)]).toEqual([null, null]);
    expect(await text(storage, other)).toBe(JSON.stringify(other));
  });

  test('what is not there is nothing, and may be removed', async () => {
    const [storage, one] = [make(), form()];
    expect(await text(storage, one)).toBeNull();
    await storage.remove(one);
    await storage.remove(one);
  });
});

describe('a storage that cannot do it', () => {
  const unavailable = { code: 'file_storage_unavailable' };

  test.each([
    ['another secret', { secretKey: 'another' }],
    ['another region', { region: 'elsewhere' }],
    ['nobody at its address', { endpoint: 'http://127.0.0.1:9' }],
  ])('s3 with %s', async (_what, change) => {
    const storage = s3(change);
    await expect(storage.store(form(), local('a'))).rejects.toMatchObject(unavailable);
    await expect(storage.read(form(), null)).rejects.toMatchObject(unavailable);
    await expect(storage.remove(form())).rejects.toMatchObject(unavailable);
  });

  test('s3 with a bucket that is not there takes nothing', async () => {
    await expect(s3({ bucket: 'nowhere' }).store(form(), local('a'))).rejects.toMatchObject(unavailable);
  });

  test('a folder that is a file', async () => {
    const { path } = local('a');
    const storage = new DiskStorage(path);
    await expect(storage.store(form(), local('a'))).rejects.toMatchObject(unavailable);
    await expect(storage.read(form(), null)).rejects.toMatchObject(unavailable);
  });
});
