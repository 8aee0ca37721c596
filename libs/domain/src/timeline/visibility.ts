/** Who may see an event, besides its sender. */
export type Audience =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'operators' }
  | { readonly kind: 'listed'; readonly userIds: readonly string[] }
  /** Every user of the application, whatever it is to the conversation. */
  | { readonly kind: 'broadcast' };

/** The part of a timeline that is open to a member. `toSeq` is set when the member has left. */
export interface VisibleRange {
  readonly fromSeq: number;
  readonly toSeq: number | null;
}

/** One stay of a member in a conversation. */
export interface Stay {
  readonly joinedSeq: number;
  readonly leftSeq: number | null;
}

export function visibleRange(stay: Stay, historyVisibility: 'start' | 'joined'): VisibleRange {
  return { fromSeq: historyVisibility === 'start' ? 1 : stay.joinedSeq, toSeq: stay.leftSeq };
}

/** Range of somebody who never was a member: nothing but what is listed for them. */
export const nothingVisible: VisibleRange = { fromSeq: 1, toSeq: 0 };

/** What visibility depends on. */
export interface SeenEvent {
  readonly seq: number;
  readonly senderId: string | null;
  readonly audience: Audience;
  /** Position of the event that this one is about, if it is about one. */
  readonly targetSeq?: number | undefined;
}

/**
 * May this user see this event? The one rule, for live events, history and catch-up alike: what everyone may see is open
 * within the member's range; what is listed is open to those listed, members or not; a broadcast is open to all; the sender sees
 * what it sent. What is about another event (an edit shows its new content) is open to nobody for whom that one lies before the range.
 */
export function isVisible(event: SeenEvent, userId: string, range: VisibleRange): boolean {
  if (event.senderId === userId) return true;
  switch (event.audience.kind) {
    case 'everyone':
      return (
        (event.targetSeq ?? event.seq) >= range.fromSeq && (range.toSeq === null || event.seq <= range.toSeq)
      );
    case 'listed':
      return event.audience.userIds.includes(userId);
    case 'operators':
      return false;
    case 'broadcast':
      return true;
  }
}

/**
 * Whom a change of a message is told to, when hooks have looked at who is `asked` for: only fewer, since nobody hears of
 * what it could not see.
 *
 * @returns null for no narrowing: whoever could see the message
 */
export function audienceOfChange(asked: readonly string[], decided: readonly string[]): Audience | null {
  const known = new Set(asked);
  const audience = audienceOf(
    asked,
    decided.filter((userId) => known.has(userId)),
  );
  return audience.kind === 'everyone' ? null : audience;
}

/**
 * The audience of a message whose recipients hooks have looked at. Recipients that equal, as a set, what was asked are no
 * narrowing; none at all means nobody but the sender.
 */
export function audienceOf(asked: readonly string[], decided: readonly string[]): Audience {
  return narrowed({ kind: 'everyone' }, asked, decided);
}

/**
 * The same of a message that was not for everyone from the start: recipients that stay the same leave it to those whom it was
 * for. (`everyone` instead would show a service's answer to one user to all the others.)
 *
 * @param asked as it was before the hooks
 * @param recipients those of them whom the hooks were shown
 */
export function narrowed(
  asked: Audience,
  recipients: readonly string[],
  decided: readonly string[],
): Audience {
  const wanted = new Set(decided);
  const isSame = wanted.size === new Set(recipients).size && recipients.every((userId) => wanted.has(userId));
  return isSame ? asked : { kind: 'listed', userIds: [...wanted] };
}
