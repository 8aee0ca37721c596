/** Errors by which a connection is lost, with their codes in seed 002. */
export const connectionErrors = {
  READ_TIMEOUT: 4107,
  LOGIN_TIMEOUT: 4108,
  FRAME_TOO_LONG: 4109,
  UNPARSEABLE_RAW_MSG: 4114,
  INTERNAL_ERROR: 4200,
} as const;
export type ConnectionError = keyof typeof connectionErrors;

/** Why a session is over. */
export type SessionEnd =
  'closed' | 'lost' | 'stopped' | 'fenced' | 'lease_lost' | 'kicked' | 'replaced' | 'revoked' | 'expired';

/** What `clientOffline` hooks hear of it: 1 logged out, 2 connection lost, 3 replaced, 4 ended by others. */
export interface Closing {
  readonly closeCode: 1 | 2 | 3 | 4;
  readonly closeMessage: string;
  readonly errorCode?: number;
  readonly errorMessage?: ConnectionError;
}

/** @param detail what whoever ended it had to say; of a lost connection, by which error */
export function closingOf(reason: SessionEnd, detail: string | null): Closing {
  switch (reason) {
    case 'closed':
      return { closeCode: 1, closeMessage: 'The client has left' };
    case 'expired':
      return { closeCode: 1, closeMessage: "The client's token has expired" };
    case 'lost':
      return { closeCode: 2, closeMessage: 'The connection was lost', ...errorOf(detail) };
    case 'stopped':
      return { closeCode: 2, closeMessage: 'The gateway was stopped' };
    case 'fenced':
    case 'lease_lost':
      return { closeCode: 2, closeMessage: 'The gateway was lost', ...errorOf('INTERNAL_ERROR') };
    case 'replaced':
      return { closeCode: 3, closeMessage: 'A newer session has taken its tag' };
    case 'kicked':
      return { closeCode: 4, closeMessage: detail ?? 'The session was ended' };
    case 'revoked':
      return { closeCode: 4, closeMessage: detail ?? "The client's token was revoked" };
  }
}

function errorOf(detail: string | null): Pick<Closing, 'errorCode' | 'errorMessage'> {
  if (detail === null || !isConnectionError(detail)) return {};
  return { errorCode: connectionErrors[detail], errorMessage: detail };
}

function isConnectionError(text: string): text is ConnectionError {
  return Object.hasOwn(connectionErrors, text);
}
