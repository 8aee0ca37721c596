/** An error as the server says it, in acknowledgements, at the end of a session, and in problem documents. */
export interface WireError {
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
  /** How long to wait before the next attempt (ms). */
  readonly retryAfter?: number | undefined;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] | undefined;
  /** What a hook said that rejected a message. */
  readonly hook?: { readonly code: number; readonly detail: string } | undefined;
}

/** The server has refused something, or it could not be asked. `code` is stable; the server's are in its docs/errors.md. */
export class HooklineError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly errors: WireError['errors'];
  readonly hook: WireError['hook'];

  constructor({ code, detail, retryable, retryAfter, errors, hook }: WireError) {
    super(detail);
    this.name = 'HooklineError';
    this.code = code;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
    this.errors = errors;
    this.hook = hook;
  }
}

/** Errors of this library itself. */
export const clientErrors = {
  /** No connection, or none that answers. */
  disconnected: { code: 'client_disconnected', detail: 'There is no connection', retryable: true },
  /** The client was closed. */
  closed: { code: 'client_closed', detail: 'The client was closed', retryable: false },
  /** Waited for longer than the server remembers idempotency keys: to send it now might double it. */
  expired: { code: 'client_expired', detail: 'It could not be sent in time', retryable: false },
} as const satisfies Record<string, WireError>;

/** What the server answers as an error, if it is one. */
export function wireErrorOf(value: unknown): WireError | null {
  if (typeof value !== 'object' || value === null) return null;
  const { code, detail, retryable } = value as Partial<Record<keyof WireError, unknown>>;
  return typeof code === 'string' && typeof detail === 'string' && typeof retryable === 'boolean'
    ? (value as WireError)
    : null;
}
