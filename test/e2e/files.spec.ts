import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { File } from '#contracts/files.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { contentPath, download } from '../harness/files.js';
import { requestOf } from '../harness/rest.js';
import { SharedWorld } from '../harness/shared-world.js';
import { FilesCast } from './files-cast.js';

let cast: FilesCast;
let world: SharedWorld;
let application: TestApplication;
let foreign: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let foreigner: TestUser;
let photo: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  world = await SharedWorld.attach();
  cast = await FilesCast.in(world);
  ({ application, foreign, tom, jerry, foreigner, photo } = cast);
});
afterAll(() => world.close());

describe('downloading', () => {
  test('ranges, what is known already, and heads', async () => {
    const file = await tom.upload('digits.txt', '0123456789');
    const range = async (wanted: string, more: Record<string, string> = {}) => {
      const { status, headers, bytes } = await cast.contentOf(file, tom, {
        headers: { range: wanted, ...more },
      });
      return [status, bytes.toString(), headers.get('content-range')];
    };
    expect(await range('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await range('bytes=8-')).toEqual([206, '89', 'bytes 8-9/10']);
    expect(await range('bytes=-1')).toEqual([206, '9', 'bytes 9-9/10']);
    expect(await range('bytes=0-1,3-4')).toEqual([200, '0123456789', null]);
    expect(await range('bytes=2-4', { 'if-range': '"another"' })).toEqual([200, '0123456789', null]);
    const outside = await cast.contentOf(file, tom, { headers: { range: 'bytes=10-' } });
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    const { headers } = await cast.contentOf(file, tom);
    const known = await cast.contentOf(file, tom, { headers: { 'if-none-match': headers.get('etag')! } });
    expect([known.status, known.bytes.length]).toEqual([304, 0]);
    const head = await cast.contentOf(file, tom, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([200, '10', 0]);
  });

  test('nothing is handed out that a browser could run', async () => {
    const file = await tom.upload('a"b\\é\'.txt', '<script>alert(1)</script>', { contentType: 'text/plain' });
    const { headers } = await cast.contentOf(file, tom);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': `attachment; filename="a_b__'.txt"; filename*=UTF-8''a%22b%5C%C3%A9%27.txt`,
      'cache-control': 'private, no-cache',
    });
  });

  test('nobody but its owner and the servers of its application gets it', async () => {
    const file = await tom.upload('private.txt', 'private');
    for (const as of [tom, application]) expect((await cast.contentOf(file, as)).status).toBe(200);
    for (const as of [jerry, foreigner, foreign]) {
      for (const path of [contentPath(file), `/api/v1/files/${file.id}`]) {
        const { body, status } = await world.rest({ method: 'GET', path, authorization: as.authorization });
        expect([status, (body as { code: string }).code]).toEqual([404, 'file_not_found']);
      }
      for (const operation of [operations.deleteFile, operations.createFileLink]) {
        const body = operation === operations.createFileLink ? {} : undefined;
        const request = requestOf(operation, { as, parameters: { fileId: file.id }, ...(body && { body }) });
        expect(await cast.refused(request)).toBe('file_not_found');
      }
    }
    expect((await cast.contentOf(file, null)).status).toBe(401);
  });
});

describe('links', () => {
  async function link(file: File, body: object = {}): Promise<URL> {
    const { url } = await world.call<{ url: string }>(operations.createFileLink, {
      as: tom,
      parameters: { fileId: file.id },
      body,
    });
    return new URL(url, world.gateways[1]!.url);
  }

  async function outcome(url: URL): Promise<string> {
    const { status, bytes } = await download(url.href);
    return status === 200 ? bytes.toString() : (JSON.parse(bytes.toString()) as { code: string }).code;
  }

  test('open the file without credentials, and with ranges, over every gateway', async () => {
    const url = await link(await tom.upload('linked.txt', 'linked'));
    expect(await outcome(url)).toBe('linked');
    url.port = new URL(world.gateways[0]!.url).port;
    expect(await outcome(url)).toBe('linked');
    const { status, bytes } = await download(url.href, null, { range: 'bytes=0-1' });
    expect([status, bytes.toString()]).toEqual([206, 'li']);
  });

  test('a link is for one file, one size, one application and one time', async () => {
    const [file, other] = [await tom.upload('photo.jpg', photo), await tom.upload('other.txt', 'other')];
    const good = await link(file, { size: 'small', expiresIn: 60 });
    expect((await download(good.href)).status).toBe(200);
    const changed = (change: (url: URL) => void): URL => {
      const url = new URL(good);
      change(url);
      return url;
    };
    const forged = [
      changed((url) => url.searchParams.set('size', 'original')),
      changed((url) => url.searchParams.delete('size')),
      changed((url) => url.searchParams.set('expires', String(Date.now() + 1e9))),
      changed((url) => url.searchParams.set('signature', 'A'.repeat(43))),
      changed((url) => url.searchParams.set('signature', `${url.searchParams.get('signature')!}A`)),
      changed((url) => (url.pathname = url.pathname.replace(file.id, other.id))),
      changed((url) => (url.pathname = url.pathname.replace(application.id, foreign.id))),
    ];
    for (const url of forged) expect(await outcome(url)).toBe('link_not_valid');
  });

  test('a link ends with its time, and with its file', async () => {
    const file = await tom.upload('short.txt', 'short');
    const [short, long] = [await link(file, { expiresIn: 1 }), await link(file)];
    await eventually(async () => {
      expect(await outcome(short)).toBe('link_expired');
    });
    await world.call(operations.deleteFile, { as: tom, parameters: { fileId: file.id } });
    expect(await outcome(long)).toBe('file_not_found');
  });
});

describe('deleting', () => {
  test('a file that is attached nowhere goes, with its bytes', async () => {
    const file = await tom.upload('gone.jpg', photo);
    const folder = cast.folderOf(file.id);
    expect(readdirSync(folder).toSorted()).toEqual(['medium', 'original', 'small']);
    await world.call(operations.deleteFile, { as: tom, parameters: { fileId: file.id } });
    expect((await cast.contentOf(file, tom)).status).toBe(404);
    await eventually(() => {
      expect(existsSync(folder)).toBe(false);
    });
  });

  test('goes on beside a file that cannot be removed, which is tried again later', async () => {
    const stuck = '01940b5e-7d2c-7000-8000-0000000000ff';
    // A file where the folder should be.
    writeFileSync(join(world.filesFolder, 'broken'), '');
    await world.database.sql(
      `INSERT INTO conversation.file_removal (file_id, application_id, created_at)
       VALUES ($1::uuid, 'broken', now() - interval '1 day')`,
      stuck,
    );
    const file = await tom.upload('gone.txt', 'gone');
    await world.call(operations.deleteFile, { as: tom, parameters: { fileId: file.id } });
    await eventually(async () => {
      expect(existsSync(cast.folderOf(file.id))).toBe(false);
      expect(
        await world.database.sql(
          'SELECT created_at > now() AS later FROM conversation.file_removal WHERE file_id = $1::uuid',
          stuck,
        ),
      ).toEqual([{ later: true }]);
    });
  });

  test('no application has the name of a hidden folder of the storage', async () => {
    const body = { id: '.incoming', name: 'Spool' };
    expect(await cast.refused(requestOf(operations.createApplication, { as: world.owner, body }))).toBe(
      'invalid_request',
    );
  });
});
