import { z } from 'zod';

interface CatalogueEntry {
  /** HTTP status in the native dialect. */
  readonly status: number;
  /** Public text, the title of the problem document. */
  readonly title: string;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
}

const entry = (status: number, title: string, retryable = false): CatalogueEntry => ({
  status,
  title,
  retryable,
});

/** Every error that a client of Hookline can see. Codes are stable; each dialect maps them to its own shapes. */
export const errorCatalogue = {
  invalid_request: entry(400, 'The request is not valid'),
  invalid_json: entry(400, 'The body is not valid JSON'),
  upload_incomplete: entry(400, 'The upload ended before all bytes had come'),
  invalid_cursor: entry(400, 'The cursor is not one that this list gave'),
  unauthenticated: entry(401, 'Credentials are missing or wrong'),
  token_expired: entry(401, 'The token has expired'),
  token_revoked: entry(401, 'The token has been revoked'),
  forbidden: entry(403, 'These credentials may not do this'),
  link_not_valid: entry(403, "The link's signature is wrong"),
  not_a_member: entry(403, 'The user is not a member of the conversation'),
  insufficient_role: entry(403, "The member's role does not allow this"),
  not_the_sender: entry(403, 'Only its sender may edit a message'),
  member_silenced: entry(403, 'The member may not send at the moment'),
  user_blocked: entry(403, 'The user is blocked in the conversation'),
  sender_blocked: entry(403, 'The user whom this is for has blocked who does it'),
  session_kicked: entry(403, 'The session was ended by others'),
  rejected_by_hook: entry(403, 'A hook rejected the operation'),
  not_found: entry(404, 'There is nothing at this path'),
  application_not_found: entry(404, 'There is no such application'),
  user_not_found: entry(404, 'There is no such user'),
  conversation_not_found: entry(404, 'There is no such conversation'),
  event_not_found: entry(404, 'There is no such event'),
  member_not_found: entry(404, 'There is no such member'),
  block_not_found: entry(404, 'There is no such block'),
  session_not_found: entry(404, 'There is no such open session'),
  hook_not_found: entry(404, 'There is no such hook'),
  hook_server_not_found: entry(404, 'There is no such hook server'),
  broadcast_not_found: entry(404, 'There is no such broadcast, or it has expired'),
  file_not_found: entry(404, 'There is no such file'),
  webhook_not_found: entry(404, 'There is no such webhook'),
  replay_not_found: entry(404, 'There is no such replay'),
  method_not_allowed: entry(405, 'This path does not know this method'),
  application_exists: entry(409, 'There is already an application with this id'),
  application_deleted: entry(409, 'An application with this id was deleted; ids are not given again'),
  user_exists: entry(409, 'There is already a user with this id'),
  user_deleted: entry(409, 'A user with this id was deleted; ids are not given again'),
  conversation_exists: entry(409, 'There is already a conversation with this id'),
  conversation_inactive: entry(409, 'The conversation takes no events'),
  wrong_conversation_kind: entry(409, 'Conversations of this kind do not have this'),
  members_are_equal: entry(409, 'All members of the conversation are equal: there are no roles'),
  member_exists: entry(409, 'The user is already a member, or invited'),
  webhook_disabled: entry(409, 'The webhook is disabled; enable it first'),
  replay_running: entry(409, 'A replay of the webhook is running'),
  last_owner: entry(409, 'The last owner has to make somebody else the owner first'),
  not_a_message: entry(409, 'The event is none that this can be done with'),
  message_recalled: entry(409, 'The message, or custom event, was recalled'),
  message_expired: entry(409, 'The message has expired'),
  session_replaced: entry(409, 'A newer session of the user has the same tag'),
  idempotency_key_reused: entry(409, 'The idempotency key was used for a different request'),
  hook_of_server: entry(409, 'The hook comes from a hook server, and goes with it'),
  file_attached: entry(409, 'The file is attached to a message'),
  link_expired: entry(410, 'The link has expired'),
  file_too_large: entry(413, 'The file is too large'),
  message_too_large: entry(413, 'The message is too large'),
  custom_event_data_too_large: entry(413, "The custom event's data is too large"),
  body_too_large: entry(413, 'The body is too large'),
  unsupported_media_type: entry(415, 'The body must be application/json'),
  file_type_not_allowed: entry(415, 'Files of this type are not taken'),
  range_not_satisfiable: entry(416, 'The range lies outside of the file'),
  file_type_mismatch: entry(422, 'The bytes are not of the type that was declared'),
  image_not_readable: entry(422, 'The image cannot be read'),
  address_not_allowed: entry(422, 'The URL leads to an address that is not allowed'),
  receipt_beyond_end: entry(422, 'The conversation has no event there yet'),
  receipts_not_kept: entry(422, 'Conversations of this kind keep no receipts'),
  too_many_members: entry(422, 'The conversation would have too many members'),
  too_many_rooms: entry(422, 'The session is in too many rooms'),
  too_many_hooks: entry(422, 'The application has too many hooks'),
  too_many_hook_servers: entry(422, 'The application has too many hook servers'),
  too_many_webhooks: entry(422, 'The application has too many webhooks'),
  too_many_connections: entry(429, 'The user has too many connections', true),
  rate_limited: entry(429, 'Too many requests; wait before the next one', true),
  too_many_broadcasts: entry(
    429,
    'The application sends too many broadcasts; wait before the next one',
    true,
  ),
  too_many_subscriptions: entry(422, 'The socket would subscribe to too many users'),
  too_many_waiting: entry(429, 'Too many commands of this session wait for the same conversation', true),
  too_many_commands: entry(429, 'Too many commands of this socket are under way', true),
  too_many_sessions: entry(429, 'The user has too many open sessions', true),
  too_slow: entry(429, 'The client does not read what it is sent', true),
  internal_error: entry(500, 'Something went wrong on our side', true),
  hook_failed: entry(502, 'A hook failed, and its policy is to abort', true),
  overloaded: entry(503, 'More is being sent than can be stored at the moment', true),
  service_unavailable: entry(503, 'A part of the platform does not answer', true),
  file_storage_unavailable: entry(503, 'The storage of files does not answer'),
  hook_engine_unavailable: entry(503, 'The hooks cannot be run at the moment', true),
  timeout: entry(504, 'The platform did not answer in time; the outcome is unknown', true),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** What a hook said when it rejected an operation (seed 002: `code`, `detail`). */
export const hookRejection = z.object({
  code: z.int().meta({ description: "The hook's own code.", example: 1234 }),
  detail: z.string().meta({ example: 'No advertisements here' }),
});

/** One invalid field: a JSON pointer into the request, and what is wrong with it. */
export const fieldError = z.object({ pointer: z.string(), detail: z.string() });

const errorCode = z.string().refine((code): code is ErrorCode => Object.hasOwn(errorCatalogue, code));

/** An error as it travels between the apps, and as `error` in a socket acknowledgement. */
export const wireError = z
  .object({
    code: errorCode.meta({ override: { type: 'string', enum: Object.keys(errorCatalogue) } }),
    detail: z.string(),
    retryable: z.boolean(),
    errors: z.array(fieldError).optional(),
    hook: hookRejection.optional(),
    retryAfter: z
      .int()
      .optional()
      .meta({ description: 'Of `rate_limited` and `too_many_broadcasts`: wait for so long, in ms.' }),
  })
  .meta({ id: 'Error' });
export type WireError = z.infer<typeof wireError>;

/** RFC 9457. `type` is a URI reference made from the code, `status` repeats the HTTP status. */
export const problem = z
  .object({ ...wireError.shape, type: z.string(), title: z.string(), status: z.int() })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details; `code` is stable.' });
export type Problem = z.infer<typeof problem>;

export interface HooklineErrorDetails {
  readonly errors?: z.infer<typeof fieldError>[];
  readonly hook?: z.infer<typeof hookRejection>;
  /** ms */
  readonly retryAfter?: number;
}

/** An outcome from the catalogue that ends the operation. `detail` is public: never put secrets or content into it. */
export class HooklineError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail: string = errorCatalogue[code].title,
    readonly details: HooklineErrorDetails = {},
  ) {
    super(`${code}: ${detail}`);
    this.name = 'HooklineError';
  }

  toWire(): WireError {
    return {
      code: this.code,
      detail: this.detail,
      retryable: errorCatalogue[this.code].retryable,
      ...this.details,
    };
  }

  /** Rebuilds an error that another app answered; what is not from the catalogue becomes `internal_error`. */
  static fromWire(value: unknown): HooklineError {
    const parsed = wireError.safeParse(value);
    if (!parsed.success) return new HooklineError('internal_error');
    const { code, detail, errors, hook } = parsed.data;
    return new HooklineError(code, detail, { ...(errors && { errors }), ...(hook && { hook }) });
  }

  toProblem(): Problem {
    const { status, title } = errorCatalogue[this.code];
    return { type: `/errors/${this.code}`, title, status, ...this.toWire() };
  }
}

/** A failed parse as one `invalid_request` whose `errors` name every field. */
export function invalidRequest(error: z.ZodError): HooklineError {
  const errors = error.issues.map((issue) => ({
    pointer: issue.path
      .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join(''),
    detail: issue.message,
  }));
  const [first] = errors;
  const detail = first === undefined ? 'invalid' : `${first.pointer || '/'}: ${first.detail}`;
  return new HooklineError('invalid_request', detail, { errors: errors.slice(0, 20) });
}

/** What became of a question to another app, as the bus tells it (libs/platform/src/bus/bus.ts). */
type BusFailure =
  | { readonly kind: 'remote'; readonly error: unknown }
  | { readonly kind: 'nobody_answers' }
  | { readonly kind: 'database_away' }
  | { readonly kind: 'timeout' };

/** Turns a failed question into an error of the catalogue. */
export const busErrors = {
  revive(failure: BusFailure): HooklineError {
    switch (failure.kind) {
      case 'remote':
        return HooklineError.fromWire(failure.error);
      case 'nobody_answers':
        return new HooklineError('service_unavailable');
      case 'database_away':
        return new HooklineError(
          'service_unavailable',
          'It is not known whether anything was stored; repeat the request with the same idempotency key',
        );
      case 'timeout':
        return new HooklineError('timeout');
    }
  },
};
