import { errorCatalogue, HooklineError, type ErrorCode } from '#contracts/errors.js';
import { leanCloudCodes as codes } from '#contracts/leancloud/codes.js';
import type { Collection, RouteArea } from '#contracts/leancloud/routes/route.js';
import type { ErrorAnswer } from '../../http/error-answer.port.js';
import { LeanCloudError } from './leancloud-error.js';

/** Where an error has come from, as far as LeanCloud's codes tell it apart. */
export interface ErrorContext {
  readonly area: RouteArea;
  readonly collection: Collection | null;
}

type Row = readonly [status: number, code: number];
type Rows = Readonly<Record<ErrorCode, Row | ((context: ErrorContext) => Row)>>;

const invalid: Row = [400, codes.internal];
const tooMany: Row = [429, codes.tooManyRequests];
const unauthorized: Row = [401, codes.unauthorized];
const noMessage: Row = [404, codes.messageNotFound];
const later: Row = [503, codes.internalError];
/** Nothing that the dialect asks is answered with these. */
const foreign: Row = [500, codes.internalError];
const tooLarge: Row = [413, codes.internal];

const noConversation = ({ area }: ErrorContext): Row => {
  switch (area) {
    case 'sending':
      return [404, codes.invalidMessagingTarget];
    case 'classes':
      return [404, codes.objectNotFound];
    case 'conversations':
    case 'changing':
      return [404, codes.conversationNotFound];
  }
};

const rejected = ({ area }: ErrorContext): Row => {
  switch (area) {
    case 'sending':
      return [400, codes.messageRejectedByApp];
    case 'changing':
      return [400, codes.messageUpdateRejectedByApp];
    case 'conversations':
    case 'classes':
      return [400, codes.conversationRejectedByApp];
  }
};

const wrongKind = ({ collection }: ErrorContext): Row => {
  switch (collection) {
    case 'service-conversations':
      return [400, codes.systemConversationRequired];
    case 'chatrooms':
      return [400, codes.transientConversationRequired];
    case 'conversations':
    case null:
      return [400, codes.normalConversationRequired];
  }
};

const rows: Rows = {
  invalid_request: invalid,
  invalid_json: [400, codes.invalidJson],
  upload_incomplete: foreign,
  invalid_cursor: invalid,
  unauthenticated: unauthorized,
  token_expired: unauthorized,
  token_revoked: unauthorized,
  forbidden: [403, codes.forbidden],
  link_not_valid: foreign,
  not_a_member: [400, codes.membershipRequired],
  insufficient_role: [403, codes.operationUnauthorized],
  not_the_sender: [403, codes.messageOwnershipRequired],
  member_silenced: [403, codes.temporarilySilenced],
  user_blocked: [403, codes.blacklisted],
  sender_blocked: [403, codes.blacklisted],
  session_kicked: foreign,
  rejected_by_hook: rejected,
  not_found: [404, codes.internal],
  application_not_found: unauthorized,
  user_not_found: [404, codes.invalidLogin],
  conversation_not_found: noConversation,
  event_not_found: noMessage,
  member_not_found: [400, codes.membershipRequired],
  block_not_found: foreign,
  session_not_found: foreign,
  hook_not_found: foreign,
  hook_server_not_found: foreign,
  broadcast_not_found: noMessage,
  file_not_found: foreign,
  webhook_not_found: foreign,
  webhook_disabled: foreign,
  replay_not_found: foreign,
  replay_running: foreign,
  method_not_allowed: [405, codes.internal],
  application_exists: foreign,
  application_deleted: foreign,
  user_exists: foreign,
  user_deleted: [400, codes.invalidLogin],
  conversation_exists: [409, codes.internal],
  conversation_inactive: [400, codes.conversationReadOnly],
  wrong_conversation_kind: wrongKind,
  members_are_equal: wrongKind,
  member_exists: invalid,
  last_owner: [400, codes.ownerRequired],
  not_a_message: noMessage,
  message_recalled: noMessage,
  message_expired: noMessage,
  session_replaced: foreign,
  idempotency_key_reused: [409, codes.internal],
  hook_of_server: foreign,
  file_attached: foreign,
  link_expired: foreign,
  file_too_large: foreign,
  message_too_large: tooLarge,
  custom_event_data_too_large: tooLarge,
  body_too_large: tooLarge,
  unsupported_media_type: [415, codes.internal],
  file_type_not_allowed: foreign,
  range_not_satisfiable: foreign,
  file_type_mismatch: foreign,
  image_not_readable: foreign,
  address_not_allowed: foreign,
  receipt_beyond_end: foreign,
  receipts_not_kept: foreign,
  too_many_members: [400, codes.conversationFull],
  too_many_rooms: foreign,
  too_many_hooks: foreign,
  too_many_hook_servers: foreign,
  too_many_webhooks: foreign,
  too_many_connections: tooMany,
  rate_limited: tooMany,
  too_many_broadcasts: tooMany,
  too_many_subscriptions: foreign,
  too_many_waiting: tooMany,
  too_many_commands: tooMany,
  too_many_sessions: tooMany,
  too_slow: tooMany,
  internal_error: [500, codes.internalError],
  hook_failed: [502, codes.internalError],
  overloaded: tooMany,
  service_unavailable: later,
  file_storage_unavailable: later,
  hook_engine_unavailable: later,
  timeout: [504, codes.internalError],
};

const noContext: ErrorContext = { area: 'conversations', collection: null };

/** An error of the catalogue as LeanCloud's clients understand it. */
export function leanCloudErrorOf(error: HooklineError, context: ErrorContext = noContext): LeanCloudError {
  const row = rows[error.code];
  const [status, code] = typeof row === 'function' ? row(context) : row;
  const { hook, retryAfter } = error.details;
  const isRetryable = errorCatalogue[error.code].retryable && status !== 500;
  return new LeanCloudError(status, code, textOf(error), {
    ...(hook && { hook: { appCode: hook.code, appMsg: hook.detail } }),
    ...(isRetryable && { retryAfter: retryAfter ?? 1_000 }),
  });
}

/** How an error leaves. */
export function answerOf(error: LeanCloudError | HooklineError): ErrorAnswer {
  const known = error instanceof HooklineError ? leanCloudErrorOf(error) : error;
  const { retryAfter, allow } = known.details;
  return {
    status: known.status,
    headers: {
      ...(retryAfter !== undefined && { 'Retry-After': String(Math.ceil(retryAfter / 1_000)) }),
      ...(allow !== undefined && { Allow: allow.join(', ') }),
    },
    mediaType: 'application/json',
    body: known.toBody(),
  };
}

/** Of a path that no handler has: below /1.1 and /1.2 that is only these themselves. */
export function noRoute(path: string): ErrorAnswer {
  return answerOf(new HooklineError('not_found', `${path} is not served by Hookline`));
}

function textOf({ code, detail }: HooklineError): string {
  // As LeanCloud's own: its clients compare it.
  return code === 'unauthenticated' ? 'Unauthorized.' : detail;
}

/** A hook has let nothing be stored, and said no more. */
export function droppedIn(area: RouteArea): LeanCloudError {
  const [status, code] = rejected({ area, collection: null });
  return new LeanCloudError(status, code, 'A hook dropped it');
}
