/** The representations of Vonage's Conversation API, and the first segments of the paths that ask for each. */
export const prefixes = {
  'v0.1': ['beta', 'v0.1'],
  'v0.2': ['beta2', 'v0.2'],
  'v0.3': ['v0.3'],
  v1: ['v1'],
} as const;
export type VonageVersion = keyof typeof prefixes;
const versions = Object.keys(prefixes) as VonageVersion[];

/** The flat representations, which answer 200 to whatever has gone well. */
export type LegacyVersion = 'v0.1' | 'v0.2';

export function isLegacy(version: VonageVersion): version is LegacyVersion {
  return version === 'v0.1' || version === 'v0.2';
}

/** @param segment the first one of a path; undefined unless it stands for a version */
export function versionOf(segment: string): VonageVersion | undefined {
  return versions.find((version) => (prefixes[version] as readonly string[]).includes(segment));
}
