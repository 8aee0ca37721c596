import { expect, test } from '@jest/globals';
import { changesOf, leanCloudChangesOf } from './attributes.js';

test('attributes go by their paths, and come back', () => {
  const attributes = { a: { b: 1, c: null }, d: [{ e: 1 }], f: {}, ['__proto__']: 1 };
  const changes = { name: null, attributes };
  const sent = leanCloudChangesOf(changes);
  expect(sent).toEqual({
    name: null,
    'attr.a.b': 1,
    'attr.a.c': null,
    'attr.d': [{ e: 1 }],
    'attr.f': {},
    'attr.__proto__': 1,
  });
  expect(changesOf(sent)).toEqual(changes);
});
