import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { File } from '#contracts/files.js';
import { limits } from '#contracts/limits.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { formUpload, rawUpload } from '../harness/files.js';
import { World } from '../harness/world.js';
import { FilesCast } from './files-cast.js';

let cast: FilesCast;
let world: World;
let application: TestApplication;
let tom: TestUser;
let photo: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  world = await World.start({ gateways: 2 });
  cast = await FilesCast.in(world);
  ({ application, tom, photo } = cast);
});
afterAll(() => world.close());

describe('uploading', () => {
  test('bytes come back as they were, over another gateway, raw or from a form', async () => {
    const bytes = new Uint8Array(Buffer.from('%PDF-1.7\n'.padEnd(3_000_000, 'cheese ')));
    const raw = await tom.upload('größe "1".pdf', bytes, { contentType: 'application/pdf' });
    expect(raw).toMatchObject({
      ownerId: 'tom',
      name: 'größe "1".pdf',
      contentType: 'application/pdf',
      size: 3_000_000,
    });
    const answer = await world.rest(formUpload(tom, 'käse.pdf', bytes, 'application/pdf'), 1);
    expect(answer).toMatchObject({ status: 201, body: { name: 'käse.pdf', digest: raw.digest } });
    for (const file of [raw, answer.body as File]) {
      const { status, headers, bytes: got } = await cast.contentOf(file, tom, { gateway: 1 });
      expect(status).toBe(200);
      expect(got.equals(bytes)).toBe(true);
      expect(headers.get('content-type')).toBe('application/pdf');
    }
    expect(cast.spooled()).toEqual([]);
  });

  test('JSON is a file like any other, and is not looked into', async () => {
    const text = '{"not": "closed"';
    const file = await tom.upload('broken.json', text, { contentType: 'application/json' });
    expect((await cast.contentOf(file, tom)).bytes.toString()).toBe(text);
  });

  test('a server uploads for a user, or for its application', async () => {
    expect(await application.upload('a.txt', 'a', { ownerId: 'tom' })).toMatchObject({ ownerId: 'tom' });
    expect(await application.upload('a.txt', 'a')).toMatchObject({ ownerId: null });
  });

  test('the same key with the same bytes answers the first file and keeps no second; with others it is a conflict', async () => {
    const first = await tom.upload('once.txt', 'once', { idempotencyKey: 'once' });
    const { rows, stored } = await cast.everything();
    expect(await tom.upload('once.txt', 'once', { idempotencyKey: 'once' })).toEqual(first);
    expect(await cast.refused(rawUpload(tom, 'once.txt', 'other', { idempotencyKey: 'once' }))).toBe(
      'idempotency_key_reused',
    );
    await eventually(async () => {
      expect(await cast.everything()).toEqual({ rows, stored, spooled: 0 });
    });
  });

  test('what is too large is refused, announced or not, and leaves nothing', async () => {
    const before = await cast.everything();
    const bytes = new Uint8Array(limits.fileBytes + 1);
    expect(await cast.refused(rawUpload(tom, 'large', bytes))).toBe('file_too_large');
    expect(await cast.refused(formUpload(tom, 'large', bytes, 'application/octet-stream'))).toBe(
      'file_too_large',
    );
    const stream = new ReadableStream({
      start(controller) {
        for (let sent = 0; sent <= limits.fileBytes; sent += 65_536)
          controller.enqueue(new Uint8Array(65_536));
        controller.close();
      },
    });
    const { path, headers } = rawUpload(tom, 'large', '');
    const answer = await fetch(`${world.gateways[0]!.url}${path}`, {
      method: 'POST',
      headers: { ...headers, authorization: tom.authorization },
      body: stream,
      duplex: 'half',
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      413,
      'file_too_large',
    ]);
    expect(await cast.everything()).toEqual(before);
  });

  test.each([
    [
      'a program that calls itself an image',
      'image/png',
      '\u007fELF\u0002\u0001\u0001'.padEnd(200, '\0'),
      'file_type_mismatch',
    ],
    [
      'a page that calls itself an image',
      'image/png',
      '<html><script>alert(1)</script>',
      'file_type_mismatch',
    ],
    ['a PDF that calls itself a text', 'text/plain', '%PDF-1.7', 'file_type_mismatch'],
    ['bytes that call themselves a text', 'text/plain', 'a\u0001\u0002', 'file_type_mismatch'],
    ['a page', 'text/html', '<html>', 'file_type_not_allowed'],
    [
      'a picture that is a program',
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'file_type_mismatch',
    ],
    [
      'a program',
      'application/octet-stream',
      '\u007fELF\u0002\u0001\u0001'.padEnd(200, '\0'),
      'file_type_not_allowed',
    ],
    ['half an image', 'image/jpeg', null, 'image_not_readable'],
  ] as const)('%s is refused, and leaves nothing', async (_what, contentType, text, code) => {
    const before = await cast.everything();
    const bytes = text === null ? photo.subarray(0, 3_000) : new TextEncoder().encode(text);
    expect(await cast.refused(rawUpload(tom, 'lie', bytes, { contentType }))).toBe(code);
    expect(await cast.refused(formUpload(tom, 'lie', bytes, contentType))).toBe(code);
    expect(await cast.everything()).toEqual(before);
  });

  test('a small file of too many pixels is refused', async () => {
    const bomb = await sharp({ create: { width: 10_000, height: 6_000, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    expect(bomb.length).toBeLessThan(1_000_000);
    expect(await cast.refused(rawUpload(tom, 'bomb.png', new Uint8Array(bomb)))).toBe('image_not_readable');
  });

  test('forms that are no forms, or more than a file, are refused and leave nothing', async () => {
    const before = await cast.everything();
    const bytes = new TextEncoder().encode('cheese');
    const second = '--BOUNDARY\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\na\r\n';
    const field = '--BOUNDARY\r\nContent-Disposition: form-data; name="a"\r\n\r\na\r\n';
    for (const parts of [second, field]) {
      expect(await cast.refused(formUpload(tom, 'a.txt', bytes, 'text/plain', parts))).toBe(
        'invalid_request',
      );
    }
    const good = formUpload(tom, 'a.txt', bytes, 'text/plain');
    const raw = good.raw as Uint8Array<ArrayBuffer>;
    expect(await cast.refused({ ...good, raw: raw.subarray(0, 60) })).toBe('upload_incomplete');
    expect(await cast.refused({ ...good, headers: { 'content-type': 'multipart/form-data' } })).toBe(
      'invalid_request',
    );
    expect(await cast.refused({ ...good, raw: '' })).toMatch(/upload_incomplete|invalid_request/);
    expect(await cast.everything()).toEqual(before);
  });

  test('half an upload leaves nothing', async () => {
    const before = await cast.everything();
    for (const { path, headers } of [
      rawUpload(tom, 'half', ''),
      formUpload(tom, 'half', new Uint8Array(), 'text/plain'),
    ]) {
      const going = httpRequest(`${world.gateways[0]!.url}${path}`, {
        method: 'POST',
        headers: { ...headers, authorization: tom.authorization, 'content-length': 1_000_000 },
      });
      going.on('error', () => undefined);
      const boundary = /boundary=(.+)/.exec(headers!['content-type']!)?.[1];
      const head = `--${String(boundary)}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
      going.write(boundary === undefined ? 'half' : `${head}half`);
      await eventually(() => {
        expect(cast.spooled().length).toBeGreaterThan(before.spooled);
      });
      going.destroy();
      await eventually(async () => {
        expect(await cast.everything()).toEqual(before);
      });
    }
  });

  test('a user takes few places, and one that sends no more loses its own', async () => {
    const before = await cast.everything();
    const jerry = cast.jerry;
    const { path, headers } = rawUpload(tom, 'half', '');
    for (let place = 0; place < limits.uploadsPerUser; place += 1) {
      const going = httpRequest(`${world.gateways[0]!.url}${path}`, {
        method: 'POST',
        headers: { ...headers, authorization: tom.authorization, 'content-length': 1_000_000 },
      });
      going.on('error', () => undefined);
      going.write('half');
    }
    await eventually(() => {
      expect(cast.spooled()).toHaveLength(before.spooled + limits.uploadsPerUser);
    });
    expect(await cast.refused(rawUpload(tom, 'a.txt', 'a'))).toBe('overloaded');
    await jerry.upload('a.txt', 'a');
    await eventually(() => {
      expect(cast.spooled()).toHaveLength(before.spooled);
    });
    await tom.upload('a.txt', 'a');
  });

  test('what a crash leaves behind is removed: the announcement, its bytes, and what was coming in', async () => {
    const fileId = timeOrderedId();
    await world.database.sql(
      `INSERT INTO conversation.file (id, application_id, due_at) VALUES ($1::uuid, $2, now() - interval '1 second')`,
      fileId,
      application.id,
    );
    const folder = cast.folderOf(fileId);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'original'), 'half');
    const left = join(world.filesFolder, '.incoming', 'left');
    writeFileSync(left, 'half');
    utimesSync(left, 0, 0);
    // Both look at once when they start.
    for (const app of [world.conversations[0]!, world.gateways[1]!]) {
      await app.kill();
      await app.start();
    }
    await world.whole();
    await eventually(async () => {
      expect(existsSync(folder)).toBe(false);
      expect(existsSync(left)).toBe(false);
      const rows = await world.database.sql(
        'SELECT FROM conversation.file WHERE id = $1::uuid UNION ALL SELECT FROM conversation.file_removal',
        fileId,
      );
      expect(rows).toEqual([]);
    });
  });
});

describe('images', () => {
  test('come in three sizes, upright, and the smaller ones without what the camera wrote', async () => {
    const file = await tom.upload('photo.jpg', photo, { contentType: 'image/jpeg' });
    expect(file).toMatchObject({
      width: 1_200,
      height: 1_600,
      sizes: { medium: { width: 768, height: 1_024 }, small: { width: 192, height: 256 } },
    });
    expect((await cast.contentOf(file, tom)).bytes.equals(photo)).toBe(true);
    for (const size of ['medium', 'small'] as const) {
      const { bytes, headers } = await cast.contentOf(file, tom, { size });
      const { exif, orientation, ...image } = await sharp(bytes).metadata();
      const { width, height, size: length } = file.sizes[size]!;
      expect([image.format, image.width, image.height, bytes.length]).toEqual([
        'jpeg',
        width,
        height,
        length,
      ]);
      expect([exif, orientation]).toEqual([undefined, undefined]);
      expect(bytes.includes('SecretCamera')).toBe(false);
      expect(headers.get('content-disposition')).toMatch(/^inline/);
    }
  });

  test.each(['png', 'webp', 'gif', 'avif'] as const)('%s has smaller forms too', async (format) => {
    const image = sharp({
      create: { width: 300, height: 30, channels: 4, background: { r: 1, g: 2, b: 3, alpha: 0.5 } },
    });
    const bytes = new Uint8Array(await image.toFormat(format).toBuffer());
    const file = await tom.upload(`image.${format}`, bytes);
    expect(file).toMatchObject({ contentType: `image/${format}`, width: 300, height: 30 });
    expect(file.sizes.small).toMatchObject({ contentType: 'image/webp', width: 256, height: 26 });
    expect(file.sizes.medium).toMatchObject({ contentType: 'image/webp', width: 300, height: 30 });
    const { bytes: small } = await cast.contentOf(file, tom, { size: 'small' });
    expect((await sharp(small).metadata()).format).toBe('webp');
  });
});
