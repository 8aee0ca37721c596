import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import { eventually } from '../harness/eventually.js';
import { rawUpload } from '../harness/files.js';
import { S3Server } from '../harness/s3-server.js';
import { World } from '../harness/world.js';
import { FilesCast } from './files-cast.js';

let service: S3Server;
let world: World;
let cast: FilesCast;

beforeAll(async () => {
  service = await S3Server.start();
  world = await World.start({ gateways: 2, settings: service.settings });
  cast = await FilesCast.in(world);
});
afterEach(() => {
  service.isAway = false;
});
afterAll(async () => {
  await world.close();
  service.close();
});

test('with S3 a file is kept there alone, and is read over any gateway, whole and in part', async () => {
  const { tom } = cast;
  const file = await tom.upload('cheese.txt', 'much cheese');
  expect(service.objects(file.id)).toHaveLength(1);
  expect(await cast.everything()).toMatchObject({ stored: 0, spooled: 0 });
  expect((await cast.contentOf(file, tom, { gateway: 1 })).bytes.toString()).toBe('much cheese');
  const part = await cast.contentOf(file, tom, { gateway: 1, headers: { range: 'bytes=5-' } });
  expect([part.status, part.bytes.toString()]).toEqual([206, 'cheese']);
});

test('with S3 an image has its sizes, and all of them go with the file', async () => {
  const { tom, photo } = cast;
  const file = await tom.upload('photo.jpg', photo, { contentType: 'image/jpeg' });
  const sizes = ['original', 'medium', 'small'];
  const read = await Promise.all(sizes.map((size) => cast.contentOf(file, tom, { size, gateway: 1 })));
  expect(read.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(service.objects(file.id)).toHaveLength(3);
  await tom.call(operations.deleteFile, { parameters: { fileId: file.id } });
  await eventually(() => {
    expect(service.objects(file.id)).toEqual([]);
  });
});

test('while S3 is away nothing is taken and nothing is lost', async () => {
  const { tom } = cast;
  const file = await tom.upload('before.txt', 'before');
  const { rows } = await cast.everything();
  service.isAway = true;
  expect(await cast.refused(rawUpload(tom, 'meanwhile.txt', 'meanwhile'))).toBe('file_storage_unavailable');
  expect((await cast.contentOf(file, tom)).status).toBe(503);
  service.isAway = false;
  expect((await cast.contentOf(file, tom)).bytes.toString()).toBe('before');
  await eventually(async () => {
    expect(await cast.everything()).toEqual({ rows, stored: 0, spooled: 0 });
  });
});
