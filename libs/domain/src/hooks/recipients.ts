/** Recipients are a set: neither order nor repeats make a difference. */
export function sameRecipients(one: readonly string[], other: readonly string[]): boolean {
  const [left, right] = [new Set(one), new Set(other)];
  return left.size === right.size && [...left].every((userId) => right.has(userId));
}

/** The recipients that somebody named for an event of `senderId`, who always sees it and so is never one of them. */
export function recipientsBesides(senderId: string, named: readonly string[]): string[] {
  return [...new Set(named)].filter((userId) => userId !== senderId);
}
