import { expect, test } from '@jest/globals';
import { Bounds } from './bounds.js';

const mebibytes = (count: number) => ({ deliveries: 16 * count, characters: count * 1_024 * 1_024 });

test('what one application has read leaves room to others', () => {
  const bounds = new Bounds();
  bounds.hold('slow', mebibytes(15));
  expect(bounds.hasRoomFor('slow')).toBe(true);
  bounds.hold('slow', mebibytes(1));
  expect(bounds.hasRoomFor('slow')).toBe(false);
  expect(bounds.hasRoomFor('other')).toBe(true);
  bounds.hold('slow', mebibytes(-16));
  expect(bounds.hasRoomFor('slow')).toBe(true);
});

test('all together fill the process', () => {
  const bounds = new Bounds();
  for (const application of ['a', 'b', 'c', 'd']) bounds.hold(application, mebibytes(16));
  expect(bounds.hasRoom).toBe(false);
  expect(bounds.hasRoomFor('e')).toBe(false);
});
