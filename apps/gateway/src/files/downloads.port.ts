import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HooklineError } from '#contracts/errors.js';
import type { File, FileSize } from '#contracts/files.js';
import { byteRange } from '#domain/files/byte-range.js';
import { Log } from '#platform/log.js';
import { shownImages } from './smaller-images.js';
import { FileStorage } from './storage/storage.js';

/** Hands out the bytes of files, and nothing that a browser could run. */
@Injectable()
export class FileDownloads {
  constructor(
    private readonly storage: FileStorage,
    private readonly log: Log,
  ) {}

  /**
   * Answers the request. The caller has found out that whoever asks may have the file.
   *
   * @throws HooklineError file_not_found, range_not_satisfiable, file_storage_unavailable
   */
  async send(
    applicationId: string,
    file: File,
    size: FileSize,
    { request, response }: { readonly request: Request; readonly response: Response },
  ): Promise<void> {
    const form = size === 'original' ? file : file.sizes[size];
    if (form === undefined) throw new HooklineError('file_not_found', `The file has no size ${size}`);
    const etag = `"${file.digest}-${size}"`;
    // Whoever has it asks again whether it may still have it: the bytes never change, but who may see them does.
    response.setHeader('ETag', etag).setHeader('Cache-Control', 'private, no-cache');
    if (holds(request.headers['if-none-match'], etag)) {
      response.status(304).end();
      return;
    }
    const { range: wanted, 'if-range': condition } = request.headers;
    const range = byteRange(condition === undefined || condition === etag ? wanted : undefined, form.size);
    if (range.kind === 'outside') {
      response.setHeader('Content-Range', `bytes */${String(form.size)}`);
      throw new HooklineError('range_not_satisfiable', `The file has ${String(form.size)} bytes`);
    }
    const bytes =
      request.method === 'HEAD'
        ? null
        : await this.storage.read(
            { applicationId, fileId: file.id, size },
            range.kind === 'part' ? range : null,
          );
    if (bytes === null && request.method !== 'HEAD') {
      this.log.warn({ applicationId, fileId: file.id, size }, 'the bytes of a file are missing');
      throw new HooklineError('file_not_found');
    }
    response.setHeaders(new Map(Object.entries(headersOf(file, form))));
    const length = range.kind === 'part' ? range.last - range.first + 1 : form.size;
    response.status(range.kind === 'part' ? 206 : 200).setHeader('Content-Length', length);
    if (range.kind === 'part') {
      const { first, last } = range;
      response.setHeader('Content-Range', `bytes ${String(first)}-${String(last)}/${String(form.size)}`);
    }
    if (bytes === null) {
      response.end();
      return;
    }
    // Whoever goes away in the middle needs no answer; a storage that breaks off cuts the answer short, which shows.
    await pipeline(bytes, response).catch((error: unknown) => {
      if (!request.destroyed)
        this.log.debug({ fileId: file.id, reason: String(error) }, 'a download broke off');
    });
  }
}

function headersOf(
  { name }: File,
  { contentType }: { readonly contentType: string },
): Readonly<Record<string, string>> {
  const disposition = shownImages.includes(contentType) ? 'inline' : 'attachment';
  const isText = contentType.startsWith('text/');
  return {
    'Content-Type': isText ? `${contentType}; charset=utf-8` : contentType,
    'Content-Disposition': `${disposition}; filename="${name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')}"; filename*=UTF-8''${encoded(name)}`,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Accept-Ranges': 'bytes',
  };
}

/** RFC 8187. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function holds(header: string | undefined, etag: string): boolean {
  return (header ?? '')
    .split(',')
    .some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*');
}
