import type { z } from 'zod';
import { problem, type Problem } from '#contracts/errors.js';
import type { Operation } from '#contracts/rest/operation.js';

export interface RestRequest {
  readonly method: string;
  /** With the query, from the root. */
  readonly path: string;
  readonly authorization?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, of JSON lines a list; undefined when there is none. */
  readonly body: unknown;
}

/** What an operation takes; the whole is validated by the platform, so that a test may also send what is wrong. */
export interface OperationRequest<Definition extends Operation> {
  readonly as: { readonly authorization: string };
  readonly parameters?: z.input<Definition['parameters']>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: z.input<Definition['body']>;
  readonly idempotencyKey?: string | undefined;
}

/** A request that was not answered as a success. */
export class RestProblem extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(`${String(status)} ${problem.code}: ${problem.detail}`);
  }
}

export async function rest(baseUrl: string, request: RestRequest): Promise<RestAnswer> {
  const { method, path, authorization, body, raw, headers } = request;
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : bodyOf(response, text),
  };
}

/** The request that an operation of the contracts describes. */
export function requestOf<Definition extends Operation>(
  operation: Definition,
  { as, parameters, query, body, idempotencyKey }: OperationRequest<Definition>,
): RestRequest {
  const values = (parameters ?? {}) as Record<string, string>;
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
  const search = new URLSearchParams(
    Object.entries(query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  ).toString();
  return {
    method: operation.method.toUpperCase(),
    path: `/api/v1${path}${search === '' ? '' : `?${search}`}`,
    authorization: as.authorization,
    ...(body !== undefined && { body }),
    ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey } }),
  };
}

/**
 * Checks an answer against the contract.
 *
 * @throws RestProblem when it is none of the operation's successes
 */
export function successOf(operation: Operation, { status, body }: RestAnswer): unknown {
  const expected = operation.answers[status];
  if (expected === undefined) throw new RestProblem(status, problem.parse(body));
  for (const value of expected.lines === true ? (body as unknown[]) : [body]) expected.schema?.parse(value);
  return body;
}

function bodyOf({ headers }: Response, text: string): unknown {
  return headers.get('content-type') === jsonLines ? linesOf(text) : parsed(text);
}

export const jsonLines = 'application/x-ndjson';

/** @throws when one of them is no JSON */
export function linesOf(text: string): unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
