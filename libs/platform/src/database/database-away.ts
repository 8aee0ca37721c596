/**
 * SQLSTATEs by which PostgreSQL says that it cannot take the work now, as opposed to what is wrong with a statement:
 * connection exceptions (08), insufficient resources (53), ended or not yet accepting (57P), a lock or an idle transaction
 * that took too long, a cancelled statement, and the losers of a deadlock or a serialisation conflict.
 */
const awayStates = /^(08...|53...|57P0[1-5]|57014|55P03|25P0[34]|40001|40P01)$/;

/** Of the system: nobody listens there, or the connection went away. */
const awaySystemCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
]);

/**
 * Prisma's: cannot be reached, timed out, closed, no connection in time, transaction gone, conflict, too many connections;
 * and what its adapter says before Prisma has given it a code.
 */
const awayPrismaCodes = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'],
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'],
  'TransactionWriteConflict',
]);

/** The driver gives these no code. */
const awayMessages =
  /connection terminated|connection ended|timeout exceeded when trying to connect|query read timeout|client was closed|not queryable/i;

const deepest = 6;

/**
 * Whether a failed use of the database says nothing about what was asked: PostgreSQL cannot be reached, or cannot take the
 * work at the moment. Whether something was stored is not known then. Knows the errors of Prisma and of the driver `pg`.
 */
export function isDatabaseAway(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > deepest) return false;
  const { name, message, code, errorCode, originalCode, kind, cause, meta, errors } = error as Readonly<
    Record<string, unknown>
  >;
  if (name === 'PrismaClientInitializationError') return true;
  if ([code, errorCode, originalCode, kind].some(isAwayCode)) return true;
  if (error instanceof Error && typeof message === 'string' && awayMessages.test(message)) return true;
  const within = [
    cause,
    (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError,
    // An AggregateError: several addresses were tried.
    ...(Array.isArray(errors) ? (errors as unknown[]) : []),
  ];
  return within.some((inner) => isDatabaseAway(inner, depth + 1));
}

function isAwayCode(code: unknown): boolean {
  if (typeof code !== 'string') return false;
  return awayStates.test(code) || awaySystemCodes.has(code) || awayPrismaCodes.has(code);
}
