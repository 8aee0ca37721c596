import { decodeJwt } from 'jose';
import type { ApplicationWithKeys } from '#contracts/applications.js';
import type { z } from 'zod';
import type { Conversation, newConversation } from '#contracts/conversations.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { MessageContent } from '#contracts/message-content.js';
import type { HookName } from '#contracts/hooks/names.js';
import type { MessageHookAnswer } from '#contracts/hooks/answers.js';
import type { MessageReceivedRequest, RequestOf } from '#contracts/hooks/requests.js';
import type { newHook } from '#contracts/hooks/registration.js';
import type { File } from '#contracts/files.js';
import type { JsonValue } from '#contracts/json-value.js';
import type { Operation } from '#contracts/rest/operation.js';
import { operations } from '#contracts/rest/operations.js';
import type { SessionView } from '#contracts/session-ends.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { newWebhook } from '#contracts/webhooks/registration.js';
import { type Client, contentOf } from './client.js';
import { historyOf } from './history.js';
import { rawUpload, type UploadOptions } from './files.js';
import { requestOf, successOf, type OperationRequest, type RestAnswer } from './rest.js';
import { type SignedServer, type Behaviour, type HttpAnswer, type SignedCall } from './signed-server.js';
import type { Doors } from './doors.js';

type Decision = MessageHookAnswer | HttpAnswer;

export type Decides = (call: SignedCall<MessageReceivedRequest>) => Decision | Promise<Decision>;

interface ReceiptSaid {
  readonly delivered?: number;
  readonly read?: number;
}

interface SendOptions {
  readonly idempotencyKey?: string;
  readonly gateway?: number;
}

/** A tenant of its own, for one test. */
export class TestApplication {
  readonly id: string;
  /** Of the master key. */
  readonly authorization: string;

  constructor(
    readonly world: Doors,
    readonly keys: ApplicationWithKeys,
  ) {
    this.id = keys.id;
    this.authorization = `Basic ${Buffer.from(`${keys.id}:${keys.masterKey}`).toString('base64')}`;
  }

  async user(id: string): Promise<TestUser> {
    await this.call(operations.createUser, { body: { id } });
    return this.known(id);
  }

  /** A user who exists already. */
  async known(userId: string): Promise<TestUser> {
    const { token } = await this.call<{ token: string }>(operations.createToken, {
      parameters: { userId },
      body: {},
    });
    return new TestUser(this, userId, token);
  }

  /** With another token of its own, which lives so long (s). */
  async expiring(userId: string, expiresIn: number): Promise<TestUser> {
    const parameters = { userId };
    const minted = await this.call<{ token: string }>(operations.createToken, {
      parameters,
      body: { expiresIn },
    });
    return new TestUser(this, userId, minted.token);
  }

  /** A new one; only servers create services. */
  service(options: Omit<z.input<typeof newConversation>, 'kind'> = {}): Promise<Conversation> {
    return this.call(operations.createConversation, { body: { ...options, kind: 'system' } });
  }

  /** All of it, as servers see it. */
  history(
    conversation: { readonly id: string },
    query?: Parameters<typeof historyOf>[3],
  ): Promise<TimelineEvent[]> {
    return historyOf(this.world, this, conversation, query);
  }

  async revokeToken({ id: userId, tokenId }: TestUser): Promise<void> {
    await this.call(operations.revokeToken, { parameters: { userId }, body: { tokenId } });
  }

  async revokeTokens({ id: userId }: TestUser): Promise<void> {
    await this.call(operations.revokeTokens, { parameters: { userId } });
  }

  async sessions({ id: userId }: TestUser): Promise<SessionView[]> {
    return (await this.call<{ sessions: SessionView[] }>(operations.listSessions, { query: { userId } }))
      .sessions;
  }

  /** As many as are named, in that order. */
  async users<const Ids extends readonly string[]>(
    ...ids: Ids
  ): Promise<{ -readonly [Index in keyof Ids]: TestUser }> {
    const users = await Promise.all(ids.map((id) => this.user(id)));
    return users as { -readonly [Index in keyof Ids]: TestUser };
  }

  group(
    members: readonly TestUser[],
    options: Partial<z.input<typeof newConversation>> = {},
  ): Promise<Conversation> {
    return this.call(operations.createConversation, {
      body: { ...options, members: members.map(({ id: userId }) => ({ userId })) },
    });
  }

  async add({ id: conversationId }: { readonly id: string }, ...users: TestUser[]): Promise<void> {
    await this.call(operations.addMembers, {
      parameters: { conversationId },
      body: { members: users.map(({ id: userId }) => ({ userId })) },
    });
  }

  async remove({ id: conversationId }: { readonly id: string }, { id: userId }: TestUser): Promise<void> {
    await this.call(operations.removeMember, { parameters: { conversationId, userId } });
  }

  /** Registers a `messageReceived` hook: a server of the customer that decides. */
  hook(decide: Decides, options: Partial<z.input<typeof newHook>> = {}) {
    return this.on('messageReceived', decide, options);
  }

  /** Registers a `messageSent` hook, which is only told. */
  afterHook(options: Partial<z.input<typeof newHook>> = {}) {
    return this.on('messageSent', () => ({}), options);
  }

  /** Registers a hook of any name: a server of the customer. */
  async on<Name extends HookName>(
    name: Name,
    behaviour: Behaviour<RequestOf<Name>>,
    options: Partial<z.input<typeof newHook>> = {},
  ): Promise<SignedServer<RequestOf<Name>>> {
    const server = await this.world.signedServer(behaviour);
    server.registered(
      await this.call(operations.createHook, { body: { name, url: server.url, ...options } }),
    );
    return server;
  }

  async deleteHook({ id: hookId }: { readonly id: string }): Promise<void> {
    await this.call(operations.deleteHook, { parameters: { hookId } });
  }

  async webhook(
    behaviour: Behaviour<WebhookPayload> = () => ({}),
    options: Partial<z.input<typeof newWebhook>> = {},
  ): Promise<SignedServer<WebhookPayload>> {
    const server = await this.world.signedServer(behaviour);
    server.registered(await this.call(operations.createWebhook, { body: { url: server.url, ...options } }));
    return server;
  }

  /** A file of the application, or of the user that is named. @throws RestProblem */
  async upload(
    name: string,
    bytes: string | Uint8Array<ArrayBuffer>,
    options: UploadOptions = {},
  ): Promise<File> {
    return upload(this, this, name, bytes, options);
  }

  /** With the master key, over the first gateway. @throws RestProblem */
  call<Answer, Definition extends Operation = Operation>(
    operation: Definition,
    request: Omit<OperationRequest<Definition>, 'as'> = {},
  ): Promise<Answer> {
    return this.world.call<Answer>(operation, { as: this, ...request });
  }
}

/** Somebody with a token. */
export class TestUser {
  readonly authorization: string;

  constructor(
    readonly application: TestApplication,
    readonly id: string,
    readonly token: string,
  ) {
    this.authorization = `Bearer ${token}`;
  }

  /** The claim `jti` of the token. */
  get tokenId(): string {
    return decodeJwt(this.token).jti!;
  }

  connect({
    gateway = 0,
    resume,
    tag,
  }: { gateway?: number; resume?: Record<string, number>; tag?: string } = {}): Promise<Client> {
    const { token } = this;
    const auth = { token, ...(resume !== undefined && { resume }), ...(tag !== undefined && { tag }) };
    return this.application.world.connect(gateway, auth);
  }

  /** By REST: anything that the body of a message may have. */
  sendMessage(
    { id: conversationId }: { readonly id: string },
    body: z.input<typeof operations.sendMessage.body>,
    idempotencyKey?: string,
  ): Promise<RestAnswer> {
    const parameters = { conversationId };
    return this.application.world.rest(
      requestOf(operations.sendMessage, { as: this, parameters, body, idempotencyKey }),
    );
  }

  /** As the owner of a new conversation, or of the unique one that there is. */
  create(options: z.input<typeof newConversation> = {}, gateway = 0): Promise<Conversation> {
    const request = { as: this, body: options };
    return this.application.world.call(operations.createConversation, request, gateway);
  }

  async deleteConversation({ id: conversationId }: { readonly id: string }): Promise<void> {
    const request = { as: this, parameters: { conversationId } };
    await this.application.world.call(operations.deleteConversation, request);
  }

  /** @throws RestProblem */
  call<Answer, Definition extends Operation = Operation>(
    operation: Definition,
    request: Omit<OperationRequest<Definition>, 'as'> = {},
    gateway = 0,
  ): Promise<Answer> {
    return this.application.world.call<Answer>(operation, { as: this, ...request }, gateway);
  }

  /** @throws RestProblem */
  async upload(
    name: string,
    bytes: string | Uint8Array<ArrayBuffer>,
    options: UploadOptions = {},
  ): Promise<File> {
    return upload(this.application, this, name, bytes, options);
  }

  /** By REST. */
  send(
    { id: conversationId }: { readonly id: string },
    content: string | MessageContent,
    { idempotencyKey, gateway = 0 }: SendOptions = {},
  ): Promise<RestAnswer> {
    const body = { content: contentOf(content) };
    return this.application.world.rest(
      requestOf(operations.sendMessage, { as: this, parameters: { conversationId }, body, idempotencyKey }),
      gateway,
    );
  }

  sendCustom(
    { id: conversationId }: { readonly id: string },
    name: string,
    data: JsonValue,
    { idempotencyKey, gateway = 0 }: SendOptions = {},
  ): Promise<RestAnswer> {
    const request = { as: this, parameters: { conversationId }, body: { name, data }, idempotencyKey };
    return this.application.world.rest(requestOf(operations.sendCustomEvent, request), gateway);
  }

  /** Edits a message, by REST. */
  update(
    { id: conversationId }: { readonly id: string },
    eventId: string,
    content: string | MessageContent,
    { idempotencyKey, mentions }: { idempotencyKey?: string; mentions?: object } = {},
  ): Promise<RestAnswer> {
    const parameters = { conversationId, eventId };
    const body = { content: contentOf(content), ...(mentions !== undefined && { mentions }) };
    return this.application.world.rest(
      requestOf(operations.updateMessage, { as: this, parameters, body, idempotencyKey }),
    );
  }

  /** Recalls a message, by REST. */
  recall(
    { id: conversationId }: { readonly id: string },
    eventId: string,
    { idempotencyKey }: Pick<SendOptions, 'idempotencyKey'> = {},
  ): Promise<RestAnswer> {
    const request = { as: this, parameters: { conversationId, eventId }, idempotencyKey };
    return this.application.world.rest(requestOf(operations.recallMessage, request));
  }

  /** Everything that this user may see, oldest first, page by page. */
  history(conversation: { readonly id: string }, limit = 100, types?: string): Promise<TimelineEvent[]> {
    return historyOf(this.application.world, this, conversation, { limit, types });
  }

  /** Acknowledges by REST. */
  acknowledge({ id: conversationId }: { readonly id: string }, receipt: ReceiptSaid): Promise<RestAnswer> {
    return this.application.world.rest(
      requestOf(operations.sendReceipt, { as: this, parameters: { conversationId }, body: receipt }),
    );
  }

  /** One event by its id. */
  event({ id: conversationId }: { readonly id: string }, eventId: string): Promise<RestAnswer> {
    return this.application.world.rest(
      requestOf(operations.getEvent, { as: this, parameters: { conversationId, eventId } }),
    );
  }
}

async function upload(
  { world }: TestApplication,
  as: { readonly authorization: string },
  name: string,
  bytes: string | Uint8Array<ArrayBuffer>,
  options: UploadOptions,
): Promise<File> {
  const answer = await world.rest(rawUpload(as, name, bytes, options));
  return successOf(operations.uploadFile, answer) as File;
}
