import { describe, expect, test } from '@jest/globals';
import { PatientLog } from './patient-log.js';

interface Scene {
  readonly patient: PatientLog;
  readonly levels: string[];
  readonly pass: (time: number) => void;
}

function scene(): Scene {
  const levels: string[] = [];
  let now = 5_000;
  const log = { debug: () => void levels.push('debug'), warn: () => void levels.push('warn') };
  const pass = (time: number): void => {
    now += time;
  };
  return { patient: new PatientLog(log, () => now), levels, pass };
}

describe('what fails', () => {
  test('is no warning while others may still be starting', () => {
    const { patient, levels, pass } = scene();
    patient.failed({}, 'not yet');
    pass(29_999);
    patient.failed({}, 'not yet');
    pass(1);
    patient.failed({}, 'still not');
    expect(levels).toEqual(['debug', 'debug', 'warn']);
  });

  test('is no warning when it was begun before the first success', () => {
    const { patient, levels, pass } = scene();
    const begun = 5_000;
    pass(1_000);
    patient.succeeded();
    pass(2_000);
    patient.succeeded();
    patient.failed({}, 'not yet', begun);
    patient.failed({}, 'not any more', begun + 1_001);
    expect(levels).toEqual(['debug', 'warn']);
  });

  test('is a warning at once when it has worked before', () => {
    const { patient, levels } = scene();
    patient.succeeded();
    patient.failed({}, 'not any more');
    expect(levels).toEqual(['warn']);
  });
});
