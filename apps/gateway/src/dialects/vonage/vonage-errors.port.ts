import { errorCatalogue, HooklineError, type ErrorCode } from '#contracts/errors.js';
import { versionOf, type VonageVersion } from '#contracts/vonage/versions.js';
import type { ErrorAnswer } from '../../http/error-answer.port.js';
import { VonageError, type InvalidParameter } from './vonage-error.js';

type Row = readonly [status: number, code: string, text?: string];

const invalid: Row = [400, 'http:error:validation-fail', 'Input validation failure.'];
const invalidToken: Row = [
  401,
  'system:error:invalid-token',
  'You did not provide a valid token. Please provide a valid token.',
];
const forbidden: Row = [403, 'system:error:permission'];
const noConversation: Row = [
  404,
  'conversation:error:not-found',
  'Conversation does not exist, or you do not have access.',
];
const noEvent: Row = [404, 'event:error:not-found'];
const noMember: Row = [404, 'conversation:error:member-not-found'];
const notAllowed: Row = [400, 'conversation:error:not-allowed'];
const tooLarge: Row = [413, 'http:error:payload-too-large'];
const tooMany: Row = [429, 'http:error:too-many-requests'];
const later: Row = [503, 'system:error:unavailable'];
const broken: Row = [500, 'system:error:internal-error', 'Internal Error.'];
/** Nothing that the dialect asks is answered with these. */
const foreign = broken;

const rows: Readonly<Record<ErrorCode, Row>> = {
  invalid_request: invalid,
  invalid_json: [400, 'http:error:validation-fail'],
  upload_incomplete: invalid,
  invalid_cursor: [400, 'http:error:validation-fail'],
  unauthenticated: invalidToken,
  token_expired: [
    401,
    'system:error:expired-token',
    'You provided an expired token. Please provide a valid token.',
  ],
  token_revoked: invalidToken,
  forbidden,
  link_not_valid: foreign,
  not_a_member: [403, 'event:error:not-joined'],
  insufficient_role: forbidden,
  not_the_sender: [403, 'event:error:permission-denied'],
  member_silenced: [403, 'event:error:permission-denied'],
  user_blocked: [403, 'event:error:permission-denied'],
  sender_blocked: [403, 'event:error:permission-denied'],
  session_kicked: [401, 'session:terminated'],
  rejected_by_hook: [403, 'event:error:rejected'],
  not_found: [404, 'http:error:not-found'],
  application_not_found: invalidToken,
  user_not_found: [404, 'user:error:not-found'],
  conversation_not_found: noConversation,
  event_not_found: noEvent,
  member_not_found: noMember,
  block_not_found: foreign,
  session_not_found: [404, 'session:error:not-found'],
  hook_not_found: foreign,
  hook_server_not_found: foreign,
  broadcast_not_found: foreign,
  file_not_found: [404, 'image:error:not-found'],
  webhook_not_found: foreign,
  webhook_disabled: foreign,
  replay_not_found: foreign,
  replay_running: foreign,
  method_not_allowed: [405, 'http:error:method-not-allowed', 'Request method not supported.'],
  application_exists: foreign,
  application_deleted: foreign,
  user_exists: [400, 'user:error:duplicate-name'],
  user_deleted: [400, 'user:error:duplicate-name'],
  conversation_exists: [400, 'conversation:error:duplicate-name'],
  conversation_inactive: notAllowed,
  wrong_conversation_kind: notAllowed,
  members_are_equal: notAllowed,
  member_exists: [400, 'conversation:error:member-already-joined'],
  last_owner: notAllowed,
  not_a_message: noEvent,
  message_recalled: noEvent,
  message_expired: noEvent,
  session_replaced: [409, 'session:replaced'],
  idempotency_key_reused: [409, 'http:error:conflict'],
  hook_of_server: foreign,
  file_attached: [409, 'image:error:in-use'],
  link_expired: foreign,
  file_too_large: tooLarge,
  message_too_large: tooLarge,
  custom_event_data_too_large: [400, 'http:error:validation-fail'],
  body_too_large: tooLarge,
  unsupported_media_type: [415, 'http:error:unsupported-media-type'],
  file_type_not_allowed: [415, 'http:error:unsupported-media-type'],
  range_not_satisfiable: [416, 'http:error:range-not-satisfiable'],
  file_type_mismatch: [415, 'http:error:unsupported-media-type'],
  image_not_readable: invalid,
  address_not_allowed: invalid,
  receipt_beyond_end: noEvent,
  receipts_not_kept: notAllowed,
  too_many_members: [400, 'conversation:error:maximum-number-of-members'],
  too_many_rooms: foreign,
  too_many_hooks: foreign,
  too_many_hook_servers: foreign,
  too_many_webhooks: notAllowed,
  too_many_connections: tooMany,
  rate_limited: tooMany,
  too_many_broadcasts: tooMany,
  too_many_subscriptions: foreign,
  too_many_waiting: tooMany,
  too_many_commands: tooMany,
  too_many_sessions: [429, 'session:error:max-open-sessions'],
  too_slow: tooMany,
  internal_error: broken,
  hook_failed: later,
  overloaded: later,
  service_unavailable: later,
  file_storage_unavailable: later,
  hook_engine_unavailable: later,
  timeout: later,
};

/** What is wrong of a request with errors that never say it themselves. */
const places: Partial<Record<ErrorCode, string>> = {
  custom_event_data_too_large: '/body',
  invalid_cursor: '/cursor',
};

/** An error of the catalogue as Vonage's clients understand it. */
export function vonageErrorOf(error: HooklineError): VonageError {
  const [status, code, text] = rows[error.code];
  const { hook, retryAfter } = error.details;
  const place = places[error.code];
  const errors =
    error.details.errors ?? (place === undefined ? undefined : [{ pointer: place, detail: error.detail }]);
  const isRetryable = errorCatalogue[error.code].retryable && status !== 500;
  return new VonageError(status, code, hook?.detail ?? text ?? error.detail, {
    ...(errors && { parameters: errors.map(parameterOf) }),
    ...(isRetryable && { retryAfter: retryAfter ?? 1_000 }),
  });
}

/** How an error leaves. @param path from the root: it says which version was spoken */
export function answerOf(error: VonageError | HooklineError, path: string): ErrorAnswer {
  const known = error instanceof HooklineError ? vonageErrorOf(error) : error;
  const { retryAfter, allow } = known.details;
  return {
    status: known.status,
    headers: {
      ...(retryAfter !== undefined && { 'Retry-After': String(Math.ceil(retryAfter / 1_000)) }),
      ...(allow !== undefined && { Allow: allow.join(', ') }),
    },
    mediaType: 'application/json',
    body: known.toBody(versionOfPath(path)),
  };
}

/** Of a path that no handler has. */
export function noRoute(path: string): ErrorAnswer {
  return answerOf(new HooklineError('not_found', `${path} is not served by Hookline`), path);
}

function versionOfPath(path: string): VonageVersion {
  const [, segment = ''] = path.split('/', 2);
  return versionOf(segment) ?? 'v1';
}

/** A JSON pointer into the request as its packages name fields. */
function parameterOf({ pointer, detail }: { pointer: string; detail: string }): InvalidParameter {
  const name = pointer
    .split('/')
    .filter((part) => part !== '')
    .join('.');
  return { name, reason: `"${name}" ${detail}` };
}
