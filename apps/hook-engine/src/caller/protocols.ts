import type { HookRequest } from '#contracts/hooks/requests.js';
import type { HookProtocol } from '#contracts/hooks/registration.js';
import { signatureHeaders, signingKey } from '#platform/outgoing/signature.js';
import { engineAnswer, engineCall, engineErrorCode, engineFailure } from '../leanengine/engine-call.port.js';
import type { EngineAccess } from '../leanengine/engine-headers.port.js';
import { jsonAnswer, readAnswer, type ReadAnswer } from './read-answer.js';

interface CallOptions {
  readonly url: string;
  /** What is sealed with the hook, opened: the newest first. */
  readonly secrets: readonly string[];
  readonly request: HookRequest;
  readonly now: Date;
}

/** A way to call a hook. */
interface Protocol {
  /** What is posted. */
  readonly call: (options: CallOptions) => {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** What a blocking hook says, in the form of our own answers. */
  readonly answer: (status: number, body: Buffer, request: HookRequest) => ReadAnswer;
  /** Why an after-hook has to be told again; null: it has heard. */
  readonly failure: (status: number) => string | null;
  /** A code for the log: what is wrong, as the server says it. */
  readonly detail: (answer: { readonly status: number; readonly body: Buffer }) => string | undefined;
}

const http: Protocol = {
  call: ({ secrets, request, now }) => {
    const body = JSON.stringify(request);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Hookline',
      ...signatureHeaders(secrets.map(signingKey), { id: request.id, timestamp: now, body }),
    };
    return { headers, body };
  },
  answer: readAnswer,
  failure: (status) => (status >= 200 && status < 300 ? null : `status_${status}`),
  detail: () => undefined,
};

const leanengine: Protocol = {
  call: ({ url, secrets: [secret = ''], request, now }) =>
    engineCall(url, JSON.parse(secret) as EngineAccess, request, now.getTime()),
  answer: (status, body, request) => {
    const failure = engineFailure(status);
    return failure === null
      ? jsonAnswer(() => engineAnswer(status, body, request))
      : { kind: 'failed', failure };
  },
  failure: engineFailure,
  detail: ({ status, body }) => (status === 200 ? undefined : engineErrorCode(body)),
};

export const protocols: Readonly<Record<HookProtocol, Protocol>> = { http, leanengine };
