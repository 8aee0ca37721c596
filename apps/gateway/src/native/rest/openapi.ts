import {
  createDocument,
  type ZodOpenApiContentObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { errorCatalogue, problem, type ErrorCode } from '#contracts/errors.js';
import { commonErrors, type CallerKind, type Operation } from '#contracts/rest/operation.js';
import { operations } from '#contracts/rest/operations.js';
import { idempotencyKey } from '#contracts/identifiers.js';
import { z } from 'zod';

const security: Record<CallerKind, Record<string, string[]>> = {
  installation: { installationKey: [] },
  master: { masterKey: [] },
  user: { userToken: [] },
};

/** The OpenAPI 3.1 document of the native REST dialect, made from the operations that the routes are made from. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of Object.values(operations) as Operation[]) {
    const path = `/api/v1${operation.path}`;
    paths[path] = { ...paths[path], [operation.method]: operationObject(operation) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Hookline',
      version: '0.1.0',
      description:
        'Conversations whose messages pass your hooks before anybody sees them. Errors are RFC 9457 problem documents with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: problem },
      headers,
      securitySchemes: {
        installationKey: { type: 'http', scheme: 'bearer', description: "The installation owner's key." },
        masterKey: {
          type: 'http',
          scheme: 'basic',
          description: 'Application id as user name, its master key as password.',
        },
        userToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Claims `application_id`, `sub`, `exp`.',
        },
      },
    },
  });
}

function operationObject(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, callers, parameters, query, body, answers, idempotent } = operation;
  const hasBody = !(body instanceof z.ZodUndefined);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: callers.map((caller) => security[caller]),
    requestParams: {
      path: parameters,
      query,
      ...(idempotent && {
        header: z.object({
          'Idempotency-Key': idempotencyKey.optional().meta({
            description: 'Repeating the request with the same key answers the first outcome (24 hours).',
          }),
        }),
      }),
    },
    ...(hasBody && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    ...(operation.takes === 'bytes' && { requestBody: { required: true, content: uploadedContent } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [
          status,
          {
            description: answer.description,
            headers: rateHeaders,
            ...(answer.schema !== undefined && {
              content: {
                [answer.lines === true ? 'application/x-ndjson' : 'application/json']: {
                  schema: answer.schema,
                },
              },
            }),
            ...(answer.bytes === true && { content: { '*/*': {} } }),
          },
        ]),
      ),
      ...problemResponses([...commonErrors, ...(hasBody ? bodyErrors : []), ...operation.errors]),
    },
  };
}

/** docs/limits.md says more. */
const headers = {
  RateLimit: {
    description:
      'Of each limit that the request counted for: what remains, and after how many seconds all of it is there again.',
    schema: { type: 'string', example: '"user";r=1999;t=1' },
  },
  'RateLimit-Policy': {
    description: 'These limits: how much at once, and in how many seconds as much comes back.',
    schema: { type: 'string', example: '"user";q=2000;w=10' },
  },
  'Retry-After': { description: 'Seconds to wait for.', schema: { type: 'integer' } },
} as const;
const rateHeaders = {
  RateLimit: { $ref: '#/components/headers/RateLimit' },
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimit-Policy' },
};
const retryHeader = { 'Retry-After': { $ref: '#/components/headers/Retry-After' } };

/** Bytes have no schema in OpenAPI 3.1. */
const uploadedContent = {
  '*/*': {},
  'multipart/form-data': {
    schema: { type: 'object', properties: { file: { type: 'string' } }, required: ['file'] },
  },
} satisfies ZodOpenApiContentObject;

const bodyErrors = [
  'invalid_json',
  'body_too_large',
  'unsupported_media_type',
] as const satisfies readonly ErrorCode[];

function problemResponses(codes: readonly ErrorCode[]): ZodOpenApiOperationObject['responses'] {
  const byStatus = Map.groupBy(codes, (code) => errorCatalogue[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      String(status),
      {
        description: group.map((code) => `\`${code}\`: ${errorCatalogue[code].title}`).join('\n\n'),
        headers: group.some((code) => errorCatalogue[code].retryable)
          ? { ...rateHeaders, ...retryHeader }
          : rateHeaders,
        content: {
          'application/problem+json': {
            // The codes are part of the promise: a test refuses an answer with another.
            schema: {
              allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: group } } }],
            },
          },
        },
      },
    ]),
  );
}
