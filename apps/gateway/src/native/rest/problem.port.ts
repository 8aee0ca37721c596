import { errorCatalogue, HooklineError } from '#contracts/errors.js';
import type { ErrorAnswer } from '../../http/error-answer.port.js';
import { knownMethods } from './known-methods.js';

/** An error of the native dialect: RFC 9457 problem+json. */
export function problemOf(error: HooklineError): ErrorAnswer {
  const { status, retryable } = errorCatalogue[error.code];
  const { retryAfter = 1_000 } = error.details;
  return {
    status,
    headers: {
      ...(status === 401 && {
        'WWW-Authenticate': 'Basic realm="application id and master key", Bearer',
      }),
      ...(retryable && status !== 500 && { 'Retry-After': String(Math.ceil(retryAfter / 1_000)) }),
    },
    mediaType: 'application/problem+json',
    body: error.toProblem(),
  };
}

/** No route fits: the path is unknown, or only its method is. */
export function noRoute(path: string): ErrorAnswer {
  const methods = knownMethods(path);
  if (methods.length === 0) return problemOf(new HooklineError('not_found'));
  const { headers, ...answer } = problemOf(new HooklineError('method_not_allowed'));
  return { ...answer, headers: { ...headers, Allow: methods.join(', ') } };
}
