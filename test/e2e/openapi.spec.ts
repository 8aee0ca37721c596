import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { errorCatalogue } from '#contracts/errors.js';
import { operations } from '#contracts/rest/operations.js';
import type { Operation } from '#contracts/rest/operation.js';
import { SharedWorld } from '../harness/shared-world.js';

type Described = {
  operationId: string;
  security: unknown[];
  requestBody?: object;
  responses: Record<string, { content?: Record<string, object> }>;
  parameters?: { name: string; in: string }[];
};
type Document = { openapi: string; paths: Record<string, Record<string, Described>> };

let world: SharedWorld;
let document: Document;

beforeAll(async () => {
  world = await SharedWorld.attach();
  const { status, body } = await world.rest({ method: 'GET', path: '/api/openapi.json' });
  expect(status).toBe(200);
  document = body as Document;
});
afterAll(() => world.close());

const all = Object.values(operations) as Operation[];

describe('the description of the REST dialect', () => {
  test('is a valid OpenAPI 3.1 document', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
  });

  test('has every operation of the contracts and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(
      all.map(({ id, method, path }) => `${id} ${method} /api/v1${path}`).toSorted(),
    );
  });

  test.each(all.map((operation) => [operation.id, operation] as const))(
    '%s is a route of the gateway, and asks for credentials if it needs any',
    async (_id, { method, path, callers }) => {
      const concrete = path.replaceAll(/\{\w+\}/g, 'anything');
      const answer = await world.rest({ method: method.toUpperCase(), path: `/api/v1${concrete}` });
      const expected = callers.length > 0 ? [401, 'unauthenticated'] : [400, 'invalid_request'];
      expect([answer.status, (answer.body as { code: string }).code]).toEqual(expected);
      expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    },
  );

  test.each(all.map((operation) => [operation.id, operation] as const))(
    '%s is described with its path, body, successes, errors and idempotency key',
    (_id, operation) => {
      const described = document.paths[`/api/v1${operation.path}`]![operation.method]!;
      const named = (where: string) =>
        (described.parameters ?? []).filter((parameter) => parameter.in === where).map(({ name }) => name);
      expect(named('path').toSorted()).toEqual(
        [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted(),
      );
      expect(named('header')).toEqual(operation.idempotent ? ['Idempotency-Key'] : []);
      expect(described.security).toHaveLength(operation.callers.length);
      expect(described.requestBody === undefined).toBe(!['post', 'patch'].includes(operation.method));
      for (const status of Object.keys(operation.answers)) expect(described.responses).toHaveProperty(status);
      for (const code of operation.errors) {
        const response = described.responses[String(errorCatalogue[code].status)];
        expect(response?.content).toHaveProperty(['application/problem+json']);
      }
    },
  );

  test('can be browsed at /api/docs', async () => {
    const { status, headers, body } = await world.rest({ method: 'GET', path: '/api/docs' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch('text/html');
    expect(body).toMatch(/swagger/i);
    const script = await world.rest({ method: 'GET', path: '/api/docs/swagger-ui-init.js' });
    expect(script.status).toBe(200);
    expect(script.body).toContain('createConversation');
  });
});
