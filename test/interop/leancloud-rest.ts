import { createHash, createHmac } from 'node:crypto';
import type { TestApplication } from '../harness/application.js';
import type { RestAnswer } from '../harness/rest.js';

type Headers = Readonly<Record<string, string>>;

interface Said {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Instead of the master key. */
  readonly headers?: Headers;
}

/** A server of an application that speaks LeanCloud's REST API. */
export class LeanCloudServer {
  constructor(private readonly application: TestApplication) {}

  get asMaster(): Headers {
    const { id, keys } = this.application;
    return { 'X-LC-Id': id, 'X-LC-Key': `${keys.masterKey},master` };
  }

  get asApplication(): Headers {
    const { id, keys } = this.application;
    return { 'X-LC-Id': id, 'X-LC-Key': keys.appKey };
  }

  /** @param path behind the version, as in `1.2/rtm/conversations` */
  async call(method: string, path: string, { body, query, headers }: Said = {}): Promise<RestAnswer> {
    const search = new URLSearchParams(
      Object.entries(query ?? {}).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      ),
    ).toString();
    return this.application.world.rest({
      method,
      path: `/${path}${search === '' ? '' : `?${search}`}`,
      headers: { ...(headers ?? this.asMaster), 'content-type': 'application/json' },
      ...(body !== undefined && { raw: JSON.stringify(body) }),
    });
  }

  /** What a success answers. */
  async ask<Answer = Record<string, unknown>>(
    method: string,
    path: string,
    said: Said = {},
  ): Promise<Answer> {
    const { status, body } = await this.call(method, path, said);
    if (status >= 300) throw new Error(`${method} ${path}: ${String(status)} ${JSON.stringify(body)}`);
    return body as Answer;
  }

  /** Status and code of what is refused. */
  async refusal(method: string, path: string, said: Said = {}): Promise<[status: number, code: unknown]> {
    const { status, body } = await this.call(method, path, said);
    if (typeof (body as { error?: unknown }).error !== 'string')
      throw new Error(`${method} ${path} is no refusal: ${String(status)} ${JSON.stringify(body)}`);
    return [status, (body as { code: unknown }).code];
  }

  /** `X-LC-Sign`, as LeanCloud's SDK makes it. */
  signed(key: string, { isMaster = false, at = Date.now() } = {}): Headers {
    const digest = createHash('md5')
      .update(`${String(at)}${key}`)
      .digest('hex');
    return {
      'X-LC-Id': this.application.id,
      'X-LC-Sign': `${digest},${String(at)}${isMaster ? ',master' : ''}`,
    };
  }

  /** Over a text, with the master key. */
  signature(text: string): string {
    return createHmac('sha1', this.application.keys.masterKey).update(text).digest('hex');
  }

  async conversation(columns: object): Promise<{ objectId: string }> {
    return this.ask('POST', '1.2/rtm/conversations', { body: columns });
  }
}
