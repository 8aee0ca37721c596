import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { tokenGenerate } from '@vonage/jwt';
import type { TestApplication } from '../harness/application.js';
import type { RestAnswer } from '../harness/rest.js';
import type { TestPlatform } from '../harness/test-platform.js';

/** As the tutorials of this protocol have it: all paths that a client of a chat needs. */
export const everyPath = {
  paths: Object.fromEntries(
    ['rtc', 'users', 'conversations', 'sessions', 'devices', 'image', 'media', 'applications', 'push'].map(
      (name) => [`/*/${name}/**`, {}],
    ),
  ),
};

interface Said {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  /** A token, instead of the server's own. */
  readonly as?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly gateway?: number;
}

/** What the vendor's package takes. */
type TokenOptions = Parameters<typeof tokenGenerate>[2];

export interface Room {
  readonly id: string;
  /** By the name of the user. */
  readonly members: Readonly<Record<string, string>>;
}

/** An application whose clients and servers speak Vonage's Conversation API, with tokens that the vendor's own package signs. */
export class VonageApplication {
  readonly privateKey: string;

  private constructor(
    readonly world: TestPlatform,
    readonly application: TestApplication,
    key: KeyObject,
  ) {
    this.privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  static async of(world: TestPlatform): Promise<VonageApplication> {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    return new VonageApplication(world, await world.application({ publicKeys: [pem] }), privateKey);
  }

  /** Of a server: it has no `sub`. */
  get admin(): string {
    return this.sign({ acl: everyPath });
  }

  /** Of a user, who is named as in the path of the native REST API. */
  token(name: string, options: TokenOptions = {}): string {
    return this.sign({ subject: name, acl: everyPath, ...options });
  }

  sign(options: TokenOptions): string {
    return tokenGenerate(this.application.id, this.privateKey, options);
  }

  /** @param path from the version, as in `/v0.3/conversations` */
  call(
    method: string,
    path: string,
    { body, raw, as, headers, gateway = 0 }: Said = {},
  ): Promise<RestAnswer> {
    return this.world.rest(
      {
        method,
        path,
        authorization: `Bearer ${as ?? this.admin}`,
        ...(body !== undefined && { body }),
        ...(raw !== undefined && { raw }),
        ...(headers !== undefined && { headers }),
      },
      gateway,
    );
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
    if (status < 400) throw new Error(`${method} ${path} is no refusal: ${JSON.stringify(body)}`);
    return [status, (body as { code: unknown }).code];
  }

  /** Users with these names, made over this dialect. */
  async users(...names: string[]): Promise<void> {
    for (const name of names)
      await this.ask('POST', '/v1/users', { body: { name, display_name: name.toUpperCase() } });
  }

  /** A conversation that a server has made, with these members, who have joined. */
  async room(...names: string[]): Promise<Room> {
    const { id } = await this.ask<{ id: string }>('POST', '/v1/conversations', {
      body: { display_name: 'Kitchen' },
    });
    const members: Record<string, string> = {};
    for (const name of names) members[name] = await this.join(id, name);
    return { id, members };
  }

  /** @returns the id of the member */
  async join(conversationId: string, name: string): Promise<string> {
    const body = { state: 'joined', user: { name }, channel: { type: 'app' } };
    return (await this.ask<{ id: string }>('POST', `/v1/conversations/${conversationId}/members`, { body }))
      .id;
  }
}
