import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { tooLarge, type Spool, type Spooled } from './spool.js';

/** An upload that has come in whole, and what its sender says of it. */
export interface Incoming {
  readonly bytes: Spooled;
  readonly name: string | undefined;
  readonly contentType: string | null;
}

/** The rest of an upload that was refused is read and forgotten, so that its sender can read the answer. */
function forget(request: IncomingMessage): void {
  request.resume();
}

/**
 * Reads a request's body: the bytes of one file, raw or in a form. One that gives no bytes any more is cut off.
 *
 * @param options `limit` in bytes; `fields`: so many a form may have besides, which are passed over
 * @throws HooklineError invalid_request, file_too_large, upload_incomplete, file_storage_unavailable
 */
export async function receive(
  request: IncomingMessage,
  spool: Spool,
  { limit, fields = 0 }: { readonly limit: number; readonly fields?: number | undefined },
): Promise<Incoming> {
  const contentType = request.headers['content-type'] ?? null;
  const isForm = contentType !== null && /^multipart\/form-data\b/i.test(contentType);
  // What surrounds a file in a form is small.
  const announced = Number(request.headers['content-length'] ?? 0) - (isForm ? 16 * 1024 : 0);
  const end = (): void =>
    void request.destroy(new HooklineError('upload_incomplete', 'No bytes came any more'));
  request.setTimeout(limits.uploadSilence, end);
  try {
    if (announced > limit) throw tooLarge(limit);
    if (isForm) return await receiveForm(request, spool, limit, fields);
    const bytes = await spool.take(request.iterator({ destroyOnReturn: false }), limit);
    return { bytes, name: undefined, contentType };
  } catch (error) {
    forget(request);
    throw error;
  } finally {
    request.setTimeout(0).off('timeout', end);
  }
}

function receiveForm(
  request: IncomingMessage,
  spool: Spool,
  limit: number,
  fields: number,
): Promise<Incoming> {
  const form = openForm(request, fields);
  return new Promise((resolve, reject) => {
    let taking: Promise<Incoming> | undefined;
    let part: Readable | undefined;
    let isOver = false;
    const fail = (error: HooklineError): void => {
      if (isOver) return;
      isOver = true;
      request.unpipe(form);
      part?.destroy();
      // What has come in may be whole, and yet nobody gets it.
      const clean = async (): Promise<void> => {
        const taken = await taking?.catch(() => undefined);
        if (taken !== undefined) await spool.remove([taken.bytes.path]);
      };
      void clean().finally(() => {
        reject(error);
      });
    };
    form.on('file', (_field, stream, { filename, mimeType }) => {
      if (isOver) {
        stream.resume();
        return;
      }
      part = stream;
      // The form's own error says what is wrong; this one would be nobody's.
      stream.on('error', () => undefined);
      taking = spool.take(stream, limit).then((bytes) => ({ bytes, name: filename, contentType: mimeType }));
      taking.catch((error: unknown) => {
        fail(error instanceof HooklineError ? error : new HooklineError('upload_incomplete'));
      });
    });
    for (const event of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
      form.on(event, () => {
        fail(wrongForm('must have one file and nothing else'));
      });
    }
    form.on('error', () => {
      fail(new HooklineError('upload_incomplete', 'The form ended too early, or is not one'));
    });
    request.on('error', () => {
      fail(new HooklineError('upload_incomplete'));
    });
    form.on('close', () => {
      if (taking === undefined) {
        fail(wrongForm('must have a file'));
        return;
      }
      taking.then(
        (incoming) => {
          if (isOver) return;
          isOver = true;
          resolve(incoming);
        },
        () => undefined,
      );
    });
    request.pipe(form);
  });
}

/** @throws HooklineError invalid_request */
function openForm(request: IncomingMessage, fields: number): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fields, fieldSize: 1_024, parts: fields + 2, headerPairs: 20 },
    });
  } catch {
    throw wrongForm('has no boundary');
  }
}

function wrongForm(detail: string): HooklineError {
  return new HooklineError('invalid_request', `The form ${detail}`, { errors: [{ pointer: '', detail }] });
}
