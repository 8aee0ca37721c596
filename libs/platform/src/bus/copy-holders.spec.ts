import { describe, expect, test } from '@jest/globals';
import { CopyHolders } from './copy-holders.js';

const lease = 3_000;
const among = (...replicas: string[]) => new Set(replicas);

describe('after a lease of listening', () => {
  const now = 10_000;

  test('nobody was heard: nobody is missing', () => {
    expect(new CopyHolders(lease, 0).areAmong(among(), now)).toBe(true);
  });

  test('everybody who was heard has to acknowledge', () => {
    const holders = new CopyHolders(lease, 0);
    holders.heard('a', now - 1);
    holders.heard('b', now - 2_999);
    expect(holders.areAmong(among('a'), now)).toBe(false);
    expect(holders.areAmong(among('a', 'b', 'stranger'), now)).toBe(true);
  });

  test('who was last heard a lease ago holds nothing any more', () => {
    const holders = new CopyHolders(lease, 0);
    holders.heard('a', now - 3_000);
    expect(holders.areAmong(among(), now)).toBe(true);
  });

  test('a renewal extends', () => {
    const holders = new CopyHolders(lease, 0);
    holders.heard('a', now - 3_500);
    holders.heard('a', now - 500);
    expect(holders.areAmong(among(), now)).toBe(false);
  });
});

describe('while somebody unknown may hold a copy', () => {
  test('just started: no acknowledgements are enough', () => {
    const holders = new CopyHolders(lease, 10_000);
    holders.heard('a', 10_100);
    expect(holders.areAmong(among('a'), 12_999)).toBe(false);
    expect(holders.areAmong(among('a'), 13_000)).toBe(true);
  });

  test('renewals were missed: as if just started', () => {
    const holders = new CopyHolders(lease, 0);
    holders.missedSome(10_000);
    expect(holders.areAmong(among(), 12_999)).toBe(false);
    expect(holders.areAmong(among(), 13_000)).toBe(true);
  });
});
