import type { HookRequest } from '#contracts/hooks/requests.js';
import { clientAddressOf, engineParametersOf } from './engine-parameters.js';
import { hookHeaders, legacySign, type EngineAccess } from './engine-headers.port.js';
import { answerOf, isObject } from './engine-results.js';

/** What is posted to a function's URL. @param now ms since the epoch */
export function engineCall(
  url: string,
  access: EngineAccess,
  request: HookRequest,
  now: number,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const parameters = engineParametersOf(request);
  const name = url.slice(url.lastIndexOf('/') + 1);
  const signed = access.legacySign && { __sign: legacySign(access.masterKey, name, now) };
  return {
    headers: hookHeaders(access, clientAddressOf(request)),
    body: JSON.stringify({ ...parameters, ...signed }),
  };
}

/** Why a status is a failure; null when it is none: 404 says that the hook is not deployed any more. */
export function engineFailure(status: number): 'unauthorized' | `status_${number}` | null {
  if (status === 200 || status === 404) return null;
  return status === 401 ? 'unauthorized' : `status_${status}`;
}

/**
 * What the function returned, as an answer of our own: `{}` unless it returned an object. A server in C# sends back what
 * it was sent, which has no `result`.
 *
 * @throws SyntaxError when the body is not JSON
 */
export function engineAnswer(status: number, body: Buffer, request: HookRequest): unknown {
  if (status !== 200) return {};
  const answer = parse(body);
  const result = isObject(answer) ? answer['result'] : undefined;
  return isObject(result) ? answerOf(result, request) : {};
}

/** The code of a server's error, for the log: what else it says may hold content. */
export function engineErrorCode(body: Buffer): string | undefined {
  try {
    const error = parse(body);
    const code = isObject(error) ? error['code'] : undefined;
    return /^\w{1,40}$/.exec(String(code))?.[0];
  } catch {
    return undefined;
  }
}

function parse(body: Buffer): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
}
