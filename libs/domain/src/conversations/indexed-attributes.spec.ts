import { expect, test } from '@jest/globals';
import { indexedAttributes } from './indexed-attributes.js';

test('scalar attributes are indexed as far as they are short', () => {
  const attributes = {
    text: 'cats',
    number: 1,
    truth: false,
    nothing: null,
    list: [1],
    object: { a: 1 },
    tooLong: 'x'.repeat(9),
    justShort: 'x'.repeat(8),
    wide: 'ééééé',
    aNameThatIsLong: 1,
  };
  expect(indexedAttributes(attributes, { name: 10, value: 10 })).toEqual([
    { name: 'text', value: '"cats"' },
    { name: 'number', value: '1' },
    { name: 'truth', value: 'false' },
    { name: 'justShort', value: `"${'x'.repeat(8)}"` },
  ]);
});
