interface Rotation {
  /** What signs until now, sealed. */
  readonly former: string | null;
  /** How long it signs as well. */
  readonly overlapSeconds: number;
}

interface Rotated {
  /** Of what was there before, only the last one stays, and only for as long as is asked for. */
  readonly former: string | null;
  readonly formerUntil: Date | null;
  /** From then on the new one signs alone, in ms since the epoch. */
  readonly formerValidUntil: number;
}

/** What becomes of a secret that another one takes the place of. @param now in ms since the epoch */
export function rotated({ former, overlapSeconds }: Rotation, now = Date.now()): Rotated {
  const until = new Date(now + overlapSeconds * 1_000);
  const stays = overlapSeconds > 0 && former !== null;
  return {
    former: stays ? former : null,
    formerUntil: stays ? until : null,
    formerValidUntil: until.getTime(),
  };
}
