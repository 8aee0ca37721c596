import { describe, expect, test } from '@jest/globals';
import { errorCatalogue, HooklineError, type ErrorCode } from '#contracts/errors.js';
import { answerOf, noRoute } from './vonage-errors.port.js';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

describe.each(['/beta/users', '/v0.1/users', '/beta2/users', '/v0.2/users'])(
  'the flat form of %s',
  (path) => {
    test.each(codes)('%s', (code) => {
      const { status, body, mediaType } = answerOf(new HooklineError(code), path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(mediaType).toBe('application/json');
      expect(body).toMatchObject({
        code: expect.stringMatching(/^[a-z]+(:[a-z-]+)+$/) as unknown,
        description: expect.stringMatching(/./) as unknown,
      });
      expect(body).not.toHaveProperty('title');
    });
  },
);

describe.each(['/v0.3/users', '/v1/users', '/v2/rtc/metrics'])('the form of %s', (path) => {
  test.each(codes)('%s', (code) => {
    const { status, body, headers } = answerOf(new HooklineError(code), path);
    const { code: said, detail, description, type, title, instance } = body as Record<string, string>;
    expect(said).toMatch(/^[a-z]+(:[a-z-]+)+$/);
    expect(type).toBe(`https://developer.nexmo.com/api/conversation#${said!}`);
    expect(title).toMatch(/^[A-Z].+\.$/);
    expect(title).not.toBe('Error.');
    expect([detail, instance]).toEqual([description, expect.stringMatching(/^[0-9a-f]{32}$/)]);
    // Whoever may try again is told when.
    const isRetryable = errorCatalogue[code].retryable && status !== 500;
    expect('Retry-After' in headers).toBe(isRetryable);
  });
});

test.each<[ErrorCode, number, string]>([
  ['invalid_request', 400, 'http:error:validation-fail'],
  ['unauthenticated', 401, 'system:error:invalid-token'],
  ['token_expired', 401, 'system:error:expired-token'],
  ['forbidden', 403, 'system:error:permission'],
  ['not_found', 404, 'http:error:not-found'],
  ['conversation_not_found', 404, 'conversation:error:not-found'],
  ['user_not_found', 404, 'user:error:not-found'],
  ['method_not_allowed', 405, 'http:error:method-not-allowed'],
  ['body_too_large', 413, 'http:error:payload-too-large'],
  ['unsupported_media_type', 415, 'http:error:unsupported-media-type'],
  ['rate_limited', 429, 'http:error:too-many-requests'],
  ['internal_error', 500, 'system:error:internal-error'],
  ['service_unavailable', 503, 'system:error:unavailable'],
])('%s is %i %s', (code, status, expected) => {
  const answer = answerOf(new HooklineError(code), '/v1/users');
  expect([answer.status, (answer.body as { code: string }).code]).toEqual([status, expected]);
});

test('what is wrong is named by its place in the request', () => {
  const errors = [{ pointer: '/body/text', detail: 'is too long' }];
  const error = new HooklineError('invalid_request', undefined, { errors });
  const reason = '"body.text" is too long';
  expect(answerOf(error, '/v1/x').body).toMatchObject({
    invalid_parameters: [{ name: 'body.text', reason }],
  });
  expect(answerOf(error, '/beta/x').body).toMatchObject({ error: { 'body.text': reason } });
});

test('how long to wait is said in whole seconds', () => {
  const { headers } = answerOf(new HooklineError('rate_limited', undefined, { retryAfter: 1_200 }), '/v1/x');
  expect(headers['Retry-After']).toBe('2');
});

test('a path that is not served is named', () => {
  expect(noRoute('/v0.3/legs')).toMatchObject({
    status: 404,
    body: { code: 'http:error:not-found', detail: expect.stringContaining('/v0.3/legs') as unknown },
  });
});
