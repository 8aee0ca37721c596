import type { Origin } from '#contracts/event.js';
import type { HookName } from '#contracts/hooks/names.js';
import type { HookRequest, RequestOf } from '#contracts/hooks/requests.js';
import { leanCloudChangesOf } from '#contracts/leancloud/attributes.js';
import { leanCloudContentOf } from '#contracts/leancloud/content.js';
import { messageIdOf } from '#contracts/leancloud/message-id.js';

/** What a hook's function gets: the body of the call, as seed 002 has it. */
export type EngineParameters = Readonly<Record<string, unknown>>;

type Translations = { readonly [Name in HookName]: (request: RequestOf<Name>) => EngineParameters };

/** LeanCloud's parameters of each hook. Fields that have no value are left out, but for those that its samples show as null. */
const translations: Translations = {
  messageReceived: ({ conversation, origin, event, recipients, timestamp }) => ({
    fromPeer: event.senderId,
    receipt: false,
    groupId: null,
    system: isSystem(conversation) ? true : null,
    ...contentOf(event),
    convId: conversation.id,
    toPeers: recipients,
    transient: event.ephemeral ?? false,
    ...sourceOf(origin),
    timestamp,
  }),
  messageUpdate: ({ conversation, origin, event, recall, recipients, timestamp }) => ({
    fromPeer: event.senderId,
    system: isSystem(conversation) ? true : null,
    ...leanCloudContentOf(event.content),
    convId: conversation.id,
    msgId: messageIdOf(event.id),
    toPeers: recipients,
    recall,
    ...sourceOf(origin),
    timestamp,
  }),
  receiversOffline: ({
    conversation,
    event,
    offlineRecipients,
    mentionsEveryone,
    mentionedOffline,
    timestamp,
  }) => ({
    fromPeer: event.senderId,
    convId: conversation.id,
    offlinePeers: offlineRecipients,
    content: leanCloudContentOf(event.content).content,
    timestamp,
    mentionAll: mentionsEveryone,
    mentionOfflinePeers: mentionedOffline,
  }),
  messageSent: ({ conversation, origin, event, onlineRecipients, offlineRecipients, timestamp }) => ({
    fromPeer: event.senderId,
    receipt: false,
    onlinePeers: onlineRecipients,
    ...(isSystem(conversation) && { system: true }),
    ...contentOf(event),
    convId: conversation.id,
    msgId: messageIdOf(event.id),
    transient: false,
    ...sourceOf(origin),
    offlinePeers: offlineRecipients,
    timestamp,
  }),
  conversationStart: ({ initiatorId, members, name, conversation: { attributes = {} } }) => ({
    initBy: initiatorId,
    members,
    attr: {
      ...(name !== null && { name }),
      ...(Object.keys(attributes).length > 0 && { attr: attributes }),
    },
  }),
  conversationStarted: ({ conversation }) => ({ convId: conversation.id }),
  conversationAdd: membership,
  conversationAdded: membership,
  conversationRemove: membership,
  conversationRemoved: membership,
  conversationUpdate: ({ initiatorId, conversation, changes, muted }) => ({
    initBy: initiatorId,
    convId: conversation.id,
    ...(changes && { attr: leanCloudChangesOf(changes) }),
    ...(muted !== undefined && { mute: muted }),
  }),
  clientOnline: ({ userId, session, reconnect }) => ({
    peerId: userId,
    ...sourceOf(session),
    tag: session.tag ?? defaultTag,
    reconnect: reconnect ? 1 : 0,
  }),
  clientOffline: ({ userId, session, closeCode, closeMessage, errorCode, errorMessage }) => ({
    peerId: userId,
    closeCode,
    closeMsg: closeMessage,
    ...(closeCode !== lost && sourceOf(session)),
    tag: session.tag ?? defaultTag,
    ...(errorCode !== undefined && { errorCode }),
    ...(errorMessage !== undefined && { errorMsg: errorMessage }),
  }),
};

/** LeanCloud's name of no tag. */
const defaultTag = 'default';
/** Close code of a connection that was lost. */
const lost = 2;

export function engineParametersOf(request: HookRequest): EngineParameters {
  return (translations[request.hook] as (request: HookRequest) => EngineParameters)(request);
}

/** The address of the client that caused it, as the request knows it. */
export function clientAddressOf(request: HookRequest): string | null {
  if ('origin' in request) return request.origin.address;
  return 'session' in request ? request.session.address : null;
}

type Event = RequestOf<'messageReceived'>['event'] | RequestOf<'messageSent'>['event'];

function contentOf(event: Event): ReturnType<typeof leanCloudContentOf> {
  if ('content' in event) return leanCloudContentOf(event.content);
  return leanCloudContentOf(
    event.recalledAt === undefined ? { type: 'json', json: event.data } : { type: 'recalled' },
  );
}

function membership({
  initiatorId,
  members,
  conversation,
}: {
  readonly initiatorId: string | null;
  readonly members: readonly string[];
  readonly conversation: { readonly id: string };
}): EngineParameters {
  return { initBy: initiatorId, members, convId: conversation.id };
}

function isSystem({ kind }: { readonly kind: string }): boolean {
  return kind === 'system';
}

function sourceOf({ address }: Pick<Origin, 'address'>): { sourceIP?: string } {
  return address === null ? {} : { sourceIP: address };
}
