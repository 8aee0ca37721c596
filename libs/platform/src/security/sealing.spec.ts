import { expect, test } from '@jest/globals';
import { Sealing } from './sealing.js';
import { equalSecrets, randomSecret } from './secrets.js';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');

test('what was sealed opens again, with this key only', () => {
  const sealed = new Sealing(key(1)).seal('whsec_secret');
  expect(new Sealing(key(1)).open(sealed)).toBe('whsec_secret');
  expect(() => new Sealing(key(2)).open(sealed)).toThrow();
});

test('sealing twice gives nothing away, and a changed text does not open', () => {
  const sealing = new Sealing(key(1));
  const sealed = sealing.seal('same');
  expect(sealing.seal('same')).not.toBe(sealed);
  expect(sealed).not.toContain('same');
  const changed = `${sealed.slice(0, 20)}${sealed[20] === 'x' ? 'y' : 'x'}${sealed.slice(21)}`;
  expect(() => sealing.open(changed)).toThrow();
  expect(() => sealing.open('v2.abc')).toThrow();
});

test('what says the same stays as it was sealed', () => {
  const sealing = new Sealing(key(1));
  const sealed = sealing.sealOnce('same', null);
  expect(sealing.open(sealed)).toBe('same');
  expect(sealing.sealOnce('same', sealed)).toBe(sealed);
  expect(sealing.open(sealing.sealOnce('another', sealed))).toBe('another');
});

test('secrets are compared whatever their lengths, and made at random', () => {
  expect(equalSecrets('abc', 'abc')).toBe(true);
  expect(equalSecrets('abc', 'abcd')).toBe(false);
  expect(equalSecrets('', '')).toBe(true);
  expect(randomSecret('hlm')).toMatch(/^hlm_[\w-]{43}$/);
  expect(randomSecret('hlm')).not.toBe(randomSecret('hlm'));
});
