import { expect } from '@jest/globals';

/* What Vonage's answers are made of, and how their versions are called. */

export const legacy = ['beta', 'v0.1', 'beta2', 'v0.2'] as const;
export const modern = ['v0.3', 'v1'] as const;
export const versions = [...legacy, ...modern] as const;

/** The first segment of a path. */
export type Version = (typeof versions)[number];

export function isLegacy(version: Version): boolean {
  return (legacy as readonly string[]).includes(version);
}

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const matching = (source: string): string =>
  expect.stringMatching(new RegExp(`^${source}$`)) as unknown as string;

export const conversationId = matching(`CON-${uuid}`);
export const memberId = matching(`MEM-${uuid}`);
export const userId = matching(`USR-${uuid}`);
/** ISO 8601 with milliseconds. */
export const instant = matching('\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z');
