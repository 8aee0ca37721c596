/**
 * A service: one conversation between an application's servers and any number of its users, none of whom hears or sees what
 * the service has to do with the others.
 */
export function isService(kind: string): boolean {
  return kind === 'system';
}

/** What decides whether an event is a message to a service. */
export interface PerhapsToService {
  readonly conversationKind: string;
  /** As the store says it: the service is one of the event's readers, see `viewsOf`. */
  readonly isInquiry?: boolean | undefined;
  readonly event: { readonly type: string };
}

/**
 * Is this a message of a user to a service? The one rule, for the webhook and every dialect alike. Whom it is listed for does
 * not tell: hooks may have had it read by others, and a server may send a message to its sender alone.
 */
export function isToService({ conversationKind, isInquiry, event }: PerhapsToService): boolean {
  return isService(conversationKind) && isInquiry === true && event.type === 'message';
}
