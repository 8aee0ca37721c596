import { createReadStream } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, request, type Dispatcher } from 'undici';
import { HooklineError } from '#contracts/errors.js';
import { fileSize } from '#contracts/files.js';
import type { S3Place } from '../../files.config.js';
import type { Extent, FileStorage, LocalBytes, StoredForm } from './storage.js';

type Answer = Dispatcher.ResponseData;

interface Question {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Opened anew for each attempt. */
  readonly body?: () => Readable;
}

const attempts = 3;
const pauseBetween = 200;
/** Bytes must go on coming or going; an upload of any size may take its time (ms). */
const silence = 30_000;

/**
 * A bucket of an S3-compatible service. Uploads are whole before they come here, so one PUT with a known length and
 * digest does: the service compares the digest, and nothing half is ever there.
 */
export class S3Storage implements FileStorage {
  private readonly agent = new Agent({
    connections: 64,
    connect: { timeout: 5_000 },
    headersTimeout: silence,
    bodyTimeout: silence,
  });

  constructor(private readonly place: S3Place) {}

  async store(form: StoredForm, { path, size, digest, contentType }: LocalBytes): Promise<void> {
    const answer = await this.ask(form, {
      method: 'PUT',
      headers: {
        'content-length': String(size),
        'content-type': contentType,
        'x-amz-content-sha256': digest,
      },
      body: () => createReadStream(path),
    });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw refused(answer);
  }

  async read(form: StoredForm, extent: Extent | null): Promise<Readable | null> {
    const headers: Record<string, string> =
      extent === null ? {} : { range: `bytes=${String(extent.first)}-${String(extent.last)}` };
    const answer = await this.ask(form, { method: 'GET', headers });
    if (answer.statusCode === (extent === null ? 200 : 206)) return answer.body;
    await answer.body.dump();
    if (answer.statusCode === 404) return null;
    throw refused(answer);
  }

  async remove(file: Omit<StoredForm, 'size'>): Promise<void> {
    for (const size of fileSize.options) {
      const answer = await this.ask({ ...file, size }, { method: 'DELETE' });
      await answer.body.dump();
      if (![200, 204, 404].includes(answer.statusCode)) throw refused(answer);
    }
  }

  async close(): Promise<void> {
    await this.agent.close();
  }

  private async ask(form: StoredForm, question: Question): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.askOnce(form, question);
        if (answer.statusCode < 500 || attempt === attempts) return answer;
        await answer.body.dump();
      } catch (error) {
        if (attempt === attempts)
          throw unavailable(`cannot be asked (${String((error as { code?: string }).code)})`);
      }
      await pause(pauseBetween * attempt);
    }
  }

  private async askOnce(form: StoredForm, { method, headers = {}, body }: Question): Promise<Answer> {
    const { accessKey, secretKey, region } = this.place;
    const signed = await new AwsV4Signer({
      method,
      url: this.urlOf(form).href,
      headers: { ...headers },
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      region,
      service: 's3',
    }).sign();
    return request(signed.url, {
      dispatcher: this.agent,
      method,
      headers: Object.fromEntries(signed.headers),
      body: body?.() ?? null,
    });
  }

  private urlOf({ applicationId, fileId, size }: StoredForm): URL {
    const { endpoint, bucket, pathStyle } = this.place;
    const url = new URL(endpoint);
    if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`;
    const folder = `${url.pathname.replace(/\/$/, '')}${pathStyle ? `/${bucket}` : ''}`;
    url.pathname = `${folder}/${applicationId}/${fileId}/${size}`;
    return url;
  }
}

function refused({ statusCode }: Answer): HooklineError {
  return unavailable(`answers ${String(statusCode)}`);
}

function unavailable(what: string): HooklineError {
  return new HooklineError('file_storage_unavailable', `The storage ${what}`);
}
