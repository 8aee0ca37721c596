import type { IncomingMessage } from 'node:http';
import type { RawBodyRequest } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { limits } from '#contracts/limits.js';
import { dialectOf } from './dialect-of.js';

/** What is parsed before a handler runs: JSON, by the rules of each dialect. */
export function parseBodies(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: limits.requestBodyBytes, strict: false, type: isJson });
}

/** What a request has said, as it was written, for the dialects that give it back like that; empty: nothing. */
export function textOfBody({ rawBody }: RawBodyRequest<IncomingMessage>): string {
  return rawBody?.toString('utf8') ?? '';
}

function isJson(request: IncomingMessage): boolean {
  switch (dialectOf(request.url)) {
    case 'native':
      return isNativeJson(request);
    case 'leancloud':
      // Whatever they call it: its older clients say text/plain, and curl says that it is a form.
      return true;
    case 'vonage':
      // An image comes as a form of several parts. What comes with a DELETE is often `null`, and means nothing.
      return request.method !== 'DELETE' && !/^multipart\//i.test(request.headers['content-type'] ?? '');
  }
}

/** An uploaded file may be JSON, and is not to be parsed. */
function isNativeJson({ headers, method, url }: IncomingMessage): boolean {
  const isUpload = method === 'POST' && /^\/api\/v1\/files\/?(\?|$)/i.test(url ?? '');
  return !isUpload && /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}
