import { randomUUID } from 'node:crypto';
import type { File } from '#contracts/files.js';
import { operations } from '#contracts/rest/operations.js';
import { requestOf, type RestRequest } from './rest.js';

export interface UploadOptions {
  readonly contentType?: string;
  readonly ownerId?: string;
  readonly idempotencyKey?: string;
}

type Bytes = string | Uint8Array<ArrayBuffer>;
interface Authorized {
  readonly authorization: string;
}

/** Bytes as the body. */
export function rawUpload(
  as: Authorized,
  name: string,
  bytes: Bytes,
  { contentType, ownerId, idempotencyKey }: UploadOptions = {},
): RestRequest {
  const request = requestOf(operations.uploadFile, { as, query: { name, ownerId }, idempotencyKey });
  return {
    ...request,
    raw: bytes,
    headers: { 'content-type': contentType ?? 'application/octet-stream', ...request.headers },
  };
}

/** A form as browsers make it; `parts` has what it is to be made of besides the file. */
export function formUpload(
  as: Authorized,
  name: string,
  bytes: Uint8Array,
  contentType: string,
  parts = '',
): RestRequest {
  const boundary = `----${randomUUID()}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${contentType}\r\n\r\n`;
  const raw = Buffer.concat([
    Buffer.from(parts.replaceAll('BOUNDARY', boundary)),
    Buffer.from(head),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return {
    ...requestOf(operations.uploadFile, { as }),
    raw: new Uint8Array(raw),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

export interface Downloaded {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer<ArrayBuffer>;
}

/** Bytes are no text, so they do not go by `rest`. */
export async function download(
  url: string,
  as: Authorized | null = null,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Downloaded> {
  const response = await fetch(url, {
    method,
    headers: { ...(as !== null && { authorization: as.authorization }), ...headers },
  });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

export function contentPath({ id }: Pick<File, 'id'>, size = 'original'): string {
  return `/api/v1/files/${id}/content?size=${size}`;
}
