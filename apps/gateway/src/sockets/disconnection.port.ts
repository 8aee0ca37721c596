import type { DisconnectReason } from 'socket.io';
import type { ConnectionError } from '#domain/sessions/close-code.js';

/** How a client's connection has ended: by its own word, or not. */
export type Disconnection =
  { readonly reason: 'closed' } | { readonly reason: 'lost'; readonly error: ConnectionError | null };

interface Circumstances {
  /** What engine.io says besides, an error when it was one. */
  readonly description: unknown;
  /** It has sent what is no packet. */
  readonly isMalformed: boolean;
}

/**
 * What a disconnection means, where nobody here has ended the session. A client that closes its socket in order says so by a
 * packet before; to vanish without it is to be lost.
 */
export function disconnectionOf(
  reason: DisconnectReason,
  { description, isMalformed }: Circumstances,
): Disconnection {
  if (reason === 'client namespace disconnect') return { reason: 'closed' };
  return { reason: 'lost', error: errorOf(reason, isMalformed, String(description)) };
}

function errorOf(
  reason: DisconnectReason,
  isMalformed: boolean,
  description: string,
): ConnectionError | null {
  if (isMalformed) return 'UNPARSEABLE_RAW_MSG';
  switch (reason) {
    case 'ping timeout':
      return 'READ_TIMEOUT';
    case 'parse error':
      return 'UNPARSEABLE_RAW_MSG';
    case 'transport error':
      if (description.includes('Max payload size exceeded')) return 'FRAME_TOO_LONG';
      return /Invalid (WebSocket frame|UTF-8)/.test(description) ? 'UNPARSEABLE_RAW_MSG' : null;
    // Whatever has gone wrong here.
    case 'server namespace disconnect':
    case 'forced server close':
      return 'INTERNAL_ERROR';
    case 'transport close':
    case 'forced close':
    case 'server shutting down':
    case 'client namespace disconnect':
      return null;
  }
}
