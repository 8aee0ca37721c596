import { wants } from './event-types.js';

/** What an endpoint asked for. */
export interface EndpointFilter {
  /** Types and patterns; empty: all. */
  readonly eventTypes: readonly string[];
  /** Empty: all. */
  readonly conversationKinds: readonly string[];
  /** Null: all. */
  readonly conversationId: string | null;
  /** An endpoint of service messages gets nothing else. */
  readonly isForServices: boolean;
}

/** What is known of an event. */
export interface FilteredEvent {
  readonly type: string;
  /** Null: it belongs to none. */
  readonly conversation: { readonly id: string; readonly kind: string } | null;
  /** A user said it to a service. */
  readonly isToService: boolean;
}

/** Whether an endpoint gets an event. What belongs to no conversation is asked for by its type alone. */
export function isTaken(filter: EndpointFilter, { type, conversation, isToService }: FilteredEvent): boolean {
  if (filter.isForServices && !isToService) return false;
  if (!wants(filter.eventTypes, type)) return false;
  if (conversation === null) return true;
  const { conversationKinds: kinds, conversationId } = filter;
  return (
    (kinds.length === 0 || kinds.includes(conversation.kind)) &&
    (conversationId === null || conversationId === conversation.id)
  );
}
