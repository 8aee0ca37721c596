import { sampleRequest } from '../harness/managed-hooks.js';
import { broadcast } from '../harness/broadcasts.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { TestPlatform } from '../harness/test-platform.js';
import type { CallerName } from './table.js';

/** A conversation with somebody of every kind in it, and what else operations can be about. */
export interface Situation {
  /** Parameters of paths, and what bodies and queries name. */
  readonly names: Readonly<Record<string, string>>;
  /** The user for whom is spoken: the caller, or for keys somebody who may. */
  readonly speaker: string;
  /** For keys: they have to name the user for whom they speak. */
  readonly speaksFor: { readonly userId?: string };
  readonly sendsFor: { readonly senderId?: string };
}

const userNames = ['outsider', 'invited', 'member', 'manager', 'owner', 'silenced', 'blocked'] as const;
export type UserName = (typeof userNames)[number];

/** Everybody who can call, with one application among them. */
export class Stage {
  private constructor(
    readonly world: TestPlatform,
    readonly application: TestApplication,
    readonly users: Readonly<Record<UserName, TestUser>>,
    private readonly others: Readonly<Record<string, { readonly authorization: string }>>,
    private readonly registrations: Readonly<Record<string, string>>,
  ) {}

  static async of(world: TestPlatform): Promise<Stage> {
    const application = await world.application();
    const foreign = await world.application();
    await world.application({ id: 'doomed' });
    await application.users('author', 'target', 'guest', 'nuisance', 'doomed');
    const users = await application.users(...userNames);
    await application.call(operations.blockUser, {
      parameters: { userId: 'target', blockedUserId: 'nuisance' },
    });
    const byName = Object.fromEntries(users.map((user) => [user.id, user])) as Record<UserName, TestUser>;
    const others = {
      stranger: { authorization: '' },
      master: application,
      foreigner: foreign,
      installation: world.owner,
    };
    return new Stage(world, application, byName, others, {
      ...(await registrationsOf(application)),
      sessionId: (await (await application.known('target')).connect()).ready.sessionId,
    });
  }

  authorizationOf(caller: CallerName): { readonly authorization: string } {
    return caller in this.users ? this.users[caller as UserName] : this.others[caller]!;
  }

  /** A new room, from which one of the users is blocked. */
  private async room(speaker: string): Promise<Situation> {
    const { id: conversationId } = await this.application.call<{ id: string }>(
      operations.createConversation,
      {
        body: { kind: 'room' },
      },
    );
    await this.block(conversationId);
    return { speaker, speaksFor: {}, sendsFor: {}, names: { conversationId } };
  }

  /** A new service with subscribers, which has said something to one of them. It knows no roles: who would be a manager or an owner elsewhere is nobody here. */
  private async service(speaker: string, isKey: boolean): Promise<Situation> {
    const { id: conversationId } = await this.application.call<{ id: string }>(
      operations.createConversation,
      { body: { kind: 'system' } },
    );
    const members = ['member', 'silenced', 'target'].map((userId) => ({ userId }));
    await this.application.call(operations.addMembers, { parameters: { conversationId }, body: { members } });
    await this.application.call(operations.silenceMember, {
      parameters: { conversationId, userId: 'silenced' },
      body: { seconds: 3_600 },
    });
    await this.block(conversationId);
    const { eventId } = await this.application.call<{ eventId: string }>(operations.sendMessage, {
      parameters: { conversationId },
      body: { senderId: 'author', content: { type: 'text', text: 'Holy crap!' }, to: ['member'] },
    });
    return {
      speaker,
      speaksFor: isKey ? { userId: speaker } : {},
      sendsFor: isKey ? { senderId: speaker } : {},
      names: { conversationId, eventId, userId: 'target' },
    };
  }

  /** As a service, with a broadcast. */
  private async broadcast(speaker: string, isKey: boolean): Promise<Situation> {
    const situation = await this.service(speaker, isKey);
    const { eventId } = await broadcast(
      this.application,
      { id: situation.names['conversationId']! },
      'Hello',
      {
        senderId: 'author',
      },
    );
    return { ...situation, names: { ...situation.names, eventId } };
  }

  private async block(conversationId: string): Promise<void> {
    await this.application.call(operations.blockInConversation, {
      parameters: { conversationId },
      body: { userId: 'blocked', seconds: 3_600 },
    });
  }

  /**
   * A new conversation. The variant `own`: message, block and file are the caller's,
   * where it may have one. `connected`: so is a session. `open`: everybody may join. `equal`: there are no roles.
   */
  async situation(caller: CallerName, variant?: string): Promise<Situation> {
    const { application } = this;
    if (variant === 'room') return this.room(caller);
    const isOwn = variant === 'own';
    const isKey = !(caller in this.users);
    const speaker = isKey ? 'member' : caller;
    if (variant === 'service') return this.service(speaker, isKey);
    if (variant === 'broadcast') return this.broadcast(speaker, isKey);
    const members = [
      ...(['owner', 'manager'] as const).map((name) => ({
        userId: name,
        role: variant === 'equal' ? ('member' as const) : name,
      })),
      ...['member', 'silenced', 'author', 'target', 'blocked'].map((userId) => ({ userId })),
    ];
    const conversation = await application.call<{ id: string }>(operations.createConversation, {
      body: {
        members,
        joinRule: variant === 'open' ? 'open' : 'invited',
        equalMembers: variant === 'equal',
      },
    });
    const conversationId = conversation.id;
    const sender = isOwn && members.some(({ userId }) => userId === speaker) ? speaker : 'author';
    const sent = await application.call<{ eventId: string }>(operations.sendMessage, {
      parameters: { conversationId },
      body: { senderId: sender, content: { type: 'text', text: 'Holy crap!' } },
    });
    const at = (userId: string) => ({ parameters: { conversationId, userId } });
    await application.call(operations.inviteMembers, {
      parameters: { conversationId },
      body: { members: [{ userId: 'invited' }] },
    });
    await application.call(operations.silenceMember, { ...at('silenced'), body: { seconds: 3_600 } });
    await this.block(conversationId);
    if (isOwn) {
      const parameters = { userId: speaker, blockedUserId: 'nuisance' };
      await application.call(operations.blockUser, { parameters });
    }
    const file = await application.upload('hello.txt', 'Hello', { ownerId: isOwn ? speaker : 'author' });
    const session = variant === 'connected' ? await this.users[speaker as UserName].connect() : undefined;
    return {
      speaker,
      speaksFor: isKey ? { userId: speaker } : {},
      sendsFor: isKey ? { senderId: speaker } : {},
      names: {
        ...this.registrations,
        applicationId: application.id,
        conversationId,
        eventId: sent.eventId,
        fileId: file.id,
        userId: 'target',
        blockedUserId: 'nuisance',
        kind: 'appKey',
        token: this.users[speaker as UserName].token,
        ...(isOwn && { spareToken: (await application.known(speaker)).token }),
        ...(session && { sessionId: session.ready.sessionId }),
      },
    };
  }
}

/** A hook server that is away. */
const hookServer = {
  protocol: 'leanengine',
  url: 'http://127.0.0.1:9',
  credentials: { applicationId: 'application', applicationKey: 'key', masterKey: 'key' },
  enabled: false,
} as const;

/** A hook, a hook server and a webhook that are not called by themselves. */
async function registrationsOf(application: TestApplication): Promise<Record<string, string>> {
  const body = { url: 'http://127.0.0.1:9/', enabled: false };
  const hook = await application.call<{ id: string }>(operations.createHook, {
    body: { name: 'messageSent', ...body },
  });
  const server = await application.call<{ id: string }>(operations.createHookServer, {
    body: hookServer,
  });
  const webhook = await application.call<{ id: string }>(operations.createWebhook, {
    body: { url: body.url, eventTypes: ['custom:never'] },
  });
  const ofWebhook = { webhookId: webhook.id };
  const replay = await application.call<{ id: string }>(operations.createWebhookReplay, {
    parameters: ofWebhook,
    body: { what: 'dead', from: 1 },
  });
  // Another one may be begun then.
  await application.call(operations.cancelWebhookReplay, {
    parameters: { ...ofWebhook, replayId: replay.id },
  });
  return { hookId: hook.id, serverId: server.id, ...ofWebhook, replayId: replay.id };
}

/** What a request of the operation takes besides the names in its path. */
export interface Said {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Instead of a body. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const text = { type: 'text', text: 'Hello' } as const;
const guest = { members: [{ userId: 'guest' }] };
const own = ({ speaker }: Situation): Said => ({ parameters: { userId: speaker } });
let created = 0;

/** A good request of every operation that takes more than the names in its path. */
export const requests: Readonly<Record<string, (situation: Situation) => Said>> = {
  createApplication: () => ({ body: { name: 'New' } }),
  updateApplication: () => ({ body: { name: 'New' } }),
  deleteApplication: () => ({ parameters: { applicationId: 'doomed' } }),
  rotateKey: () => ({ body: {} }),
  createUser: () => ({ body: { id: `new ${String(++created)}` } }),
  'getUser/own': own,
  updateUser: () => ({ body: { displayName: 'New' } }),
  'exportUser/own': own,
  'updateUser/own': (situation) => ({ ...own(situation), body: { displayName: 'New' } }),
  deleteUser: () => ({ parameters: { userId: 'doomed' } }),
  createToken: () => ({ body: {} }),
  createConversation: () => ({ body: { members: [{ userId: 'target' }] } }),
  'createConversation/service': () => ({ body: { kind: 'system' } }),
  listConversations: ({ speaksFor }) => ({ query: speaksFor }),
  updateConversation: () => ({ body: { name: 'New' } }),
  'getMember/own': own,
  inviteMembers: () => ({ body: guest }),
  listInvitations: ({ speaksFor }) => ({ query: speaksFor }),
  addMembers: () => ({ body: guest }),
  joinConversation: () => ({ body: {} }),
  leaveConversation: () => ({ body: {} }),
  blockInConversation: () => ({ body: { userId: 'target', seconds: 60 } }),
  'listUserBlocks/own': own,
  'blockUser/own': own,
  'getUserBlock/own': own,
  'unblockUser/own': own,
  updateMember: () => ({ body: { role: 'manager' } }),
  transferOwnership: () => ({ body: { userId: 'target' } }),
  silenceMember: () => ({ body: { seconds: 60 } }),
  'muteConversation/own': own,
  'unmuteConversation/own': own,
  sendMessage: ({ sendsFor }) => ({ body: { content: text, ...sendsFor } }),
  sendCustomEvent: ({ sendsFor }) => ({ body: { name: 'wave', data: {}, ...sendsFor } }),
  sendEphemeralEvent: ({ sendsFor }) => ({ body: { name: 'wave', data: {}, ...sendsFor } }),
  sendBroadcast: () => ({ body: { senderId: 'author', content: text } }),
  updateMessage: () => ({ body: { content: text } }),
  sendReceipt: ({ speaksFor }) => ({ body: { read: 1, ...speaksFor } }),
  getUnread: ({ speaksFor }) => ({ query: speaksFor }),
  listUnread: ({ speaksFor }) => ({ query: speaksFor }),
  getUnreadTotal: ({ speaksFor }) => ({ query: speaksFor }),
  clearUnread: ({ speaksFor }) => ({ body: speaksFor }),
  listPresences: () => ({ query: { userIds: 'member,target' } }),
  listSessions: () => ({ query: { userId: 'target' } }),
  'listSessions/own': ({ speaksFor }) => ({ query: speaksFor }),
  endSessions: () => ({ query: { userId: 'target' } }),
  'endSessions/own': ({ speaksFor }) => ({ query: speaksFor }),
  revokeToken: () => ({ body: { tokenId: 'another' } }),
  'revokeToken/own': (situation) => ({
    ...own(situation),
    body: situation.speaksFor.userId ? { tokenId: 'another' } : { token: situation.names['spareToken'] },
  }),
  'revokeTokens/own': own,
  createFileLink: () => ({ body: {} }),
  uploadFile: () => ({
    query: { name: 'hello.txt' },
    raw: 'Hello',
    headers: { 'content-type': 'text/plain' },
  }),
  getLinkedFile: () => ({ query: { expires: String(Date.now() + 60_000), signature: 'wrong' } }),
  createHook: () => ({ body: { name: 'messageSent', url: 'http://127.0.0.1:9/', enabled: false } }),
  updateHook: () => ({ body: { position: 1 } }),
  rotateHookSecret: () => ({ body: {} }),
  dryRunHook: () => ({ body: { request: sampleRequest } }),
  createHookServer: () => ({ body: hookServer }),
  refreshHookServer: () => ({ body: {} }),
  updateHookServer: () => ({ body: { position: 1 } }),
  createWebhook: () => ({ body: { url: 'http://127.0.0.1:9/', enabled: false } }),
  updateWebhook: () => ({ body: { description: 'Another' } }),
  rotateWebhookSecret: () => ({ body: {} }),
  rotateWebhookKey: () => ({ body: {} }),
  testWebhook: () => ({ body: {} }),
  replayWebhookEvent: () => ({ body: {} }),
  createWebhookReplay: () => ({ body: { what: 'dead', from: 1 } }),
};

/** A good request of every command. */
export const commands: Readonly<Record<string, (names: Situation['names']) => object>> = {
  'message.send': ({ conversationId }) => ({ conversationId, content: text }),
  'custom_event.send': ({ conversationId }) => ({ conversationId, name: 'wave', data: {} }),
  'message.update': ({ conversationId, eventId }) => ({ conversationId, eventId, content: text }),
  'message.recall': ({ conversationId, eventId }) => ({ conversationId, eventId }),
  'events.list': ({ conversationId }) => ({ conversationId }),
  'ephemeral_event.send': ({ conversationId }) => ({ conversationId, name: 'wave', data: {} }),
  'ephemeral_message.send': ({ conversationId }) => ({ conversationId, content: text }),
  'typing.start': ({ conversationId }) => ({ conversationId }),
  'typing.stop': ({ conversationId }) => ({ conversationId }),
  'session.refresh': ({ token }) => ({ token }),
  'presence.subscribe': () => ({ userIds: ['target'] }),
  'presence.unsubscribe': () => ({ userIds: ['target'] }),
  'room.enter': ({ conversationId }) => ({ conversationId }),
  'room.leave': ({ conversationId }) => ({ conversationId }),
  'receipt.send': ({ conversationId }) => ({ conversationId, read: 1 }),
};
