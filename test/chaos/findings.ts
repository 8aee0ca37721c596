/** What the last line counts, in its order. */
export const findingKinds = [
  'lost',
  'doubled',
  'reordered',
  'gaps',
  'leaked',
  'webhooksMissing',
  'presenceErrors',
] as const;
export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  readonly what: string;
  readonly evidence: unknown;
}

export type Report = (kind: FindingKind, what: string, evidence: unknown) => void;
