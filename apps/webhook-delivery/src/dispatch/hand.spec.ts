import { expect, test } from '@jest/globals';
import type { WaitingDelivery } from '../store/deliveries.store.js';
import { Hand, type Stock } from './hand.js';

function waiting(id: string, batch: string | null = null): WaitingDelivery {
  return { ...{ id, batch, eventId: id, type: 'message', payload: 'four' }, attempts: 0, bytes: 4, since: 0 };
}

test('a batch of which nothing is left is not sent', () => {
  const hand = new Hand(
    () => undefined,
    () => false,
  );
  hand.add([{ lane: '1', version: '1', deliveries: [waiting('1', 'gone')], isWhole: true }]);
  hand.bind('gone', []);
  expect(hand.whole()).toBeUndefined();
  expect(hand.unread).toEqual(['gone']);
});

test('what is read is held until it has its result, or is let go of', () => {
  const held = { deliveries: 0, characters: 0 };
  const hold = ({ deliveries, characters }: Stock): void => {
    held.deliveries += deliveries;
    held.characters += characters;
  };
  const hand = new Hand(hold, () => false);
  const deliveries = ['1', '2', '3'].map((id) => waiting(id));
  hand.add([{ lane: '1', version: '1', deliveries, isWhole: true }]);
  expect(held).toEqual({ deliveries: 3, characters: 12 });
  const lane = hand.first()!;
  const taken = hand.take(lane, 1);
  expect(held.deliveries).toBe(3);
  hand.heard(lane, taken, false);
  expect(held.deliveries).toBe(2);
  hand.drop();
  expect(held).toEqual({ deliveries: 0, characters: 0 });
});
