import { HooklineError } from '#contracts/errors.js';
import type { Audience } from '#contracts/event.js';
import { isService } from '#domain/conversations/service.js';
import { audienceInService } from '#domain/timeline/service-views.js';

/** What somebody says, as far as it matters for whom it is. */
interface Addressed {
  readonly asMaster: boolean;
  readonly senderId: string;
  readonly to?: readonly string[] | undefined;
}

/**
 * Who is to see or hear it, before hooks have decided.
 *
 * @param kind of the conversation
 * @throws HooklineError forbidden, wrong_conversation_kind
 */
export function audienceAsked({ asMaster, senderId, to }: Addressed, kind: string): Audience {
  if (to !== undefined && !asMaster)
    throw new HooklineError('forbidden', 'Only servers say whom something is for');
  if (isService(kind)) return audienceInService({ asMaster, senderId, to: to ?? null });
  if (to !== undefined) throw new HooklineError('wrong_conversation_kind', 'Only services address users');
  return { kind: 'everyone' };
}
