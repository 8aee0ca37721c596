import { expect, test } from '@jest/globals';
import { checkRecords } from './checker.js';
import { goodRun, recordsOf, wording, type SampleRun } from './sample-run.js';

test.each<[what: string, doctor: (clients: SampleRun['clients']) => void, finding: string]>([
  ['a user is never given a broadcast', ({ ann }) => ann.heard.splice(-2, 1), 'lost: broadcast: never given'],
  [
    'a user is given an old one at the first login',
    ({ ann, carl }) => carl.heard.splice(-1, 0, ann.heard.at(-2)!),
    'doubled: broadcast: of a time before the first login',
  ],
  [
    'a connection has one twice',
    ({ bob }) => bob.heard.push(bob.heard.at(-1)!),
    'doubled: broadcast: heard twice over one connection',
  ],
  [
    'a client hears them in another order',
    ({ bob }) => bob.heard.push(...bob.heard.splice(-2, 1)),
    'reordered: broadcast: heard after a later one',
  ],
  [
    'one is heard that nobody has stored',
    ({ bob }) => {
      const last = bob.heard.at(-1)!;
      bob.heard.push({ ...last, event: { ...last.event, id: 'unknown', seq: 9 } });
    },
    'lost: broadcast: heard, but not in the history',
  ],
  [
    'one is heard otherwise than it is stored',
    ({ bob }) => {
      const last = bob.heard.pop()!;
      bob.heard.push({ ...last, event: { ...last.event, seq: 9 } });
    },
    'doubled: broadcast: heard otherwise than it is stored',
  ],
])('the checker of chaos notices when %s', (_what, doctor, finding) => {
  const run = goodRun();
  doctor(run.clients);
  const findings: string[] = [];
  checkRecords(recordsOf(run), wording, (kind, what) => findings.push(`${kind}: ${what}`));
  expect(findings).toEqual([finding]);
});

test('a broadcast that comes again over another connection is no finding', () => {
  const run = goodRun();
  const { bob } = run.clients;
  bob.heard.push({ ...bob.heard.at(-1)!, connection: 2 });
  const findings: string[] = [];
  const confirmed = checkRecords(recordsOf(run), wording, (_kind, what) => findings.push(what));
  expect(findings).toEqual([]);
  expect(confirmed).toMatchObject({ broadcasts: { given: 5, again: 1 } });
});
