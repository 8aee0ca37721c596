/** Every limit of the native dialect, in one place. Sizes are bytes of UTF-8, durations ms, unless named otherwise. */
export const limits = {
  applicationIdLength: 64,
  conversationIdLength: 64,
  userIdLength: 200,
  nameLength: 200,
  urlLength: 2_048,
  idempotencyKeyLength: 200,
  /** Keys of an application that were brought along from another platform. */
  importedKeyMinimum: 16,
  importedKeyMaximum: 200,
  /** Compact JSON text of a message's content, or its bytes when it is binary. */
  messageBytes: 64 * 1024,
  /** Seed 000: the name of a custom event. */
  customEventNameLength: 100,
  /** Seed 000: compact JSON text of a custom event's data. */
  customEventDataBytes: 4_096,
  attributesBytes: 16 * 1024,
  jsonDepth: 32,
  /** Attributes of the top level by which conversations are found: a name, and the compact JSON text of a scalar value. */
  indexedAttributeNameBytes: 100,
  indexedAttributeValueBytes: 200,
  /** How many attributes one list may ask for. */
  attributesPerFilter: 5,
  /** How many conversations one page of a list looks at. */
  conversationsPerPage: 1_000,
  uniqueKeyLength: 200,
  temporaryConversationSeconds: 24 * 60 * 60,
  temporaryConversationMaximumSeconds: 30 * 24 * 60 * 60,
  /** Unread messages are counted among so many of the newest events of a conversation. */
  unreadEvents: 1_000,
  /** Watermarks are told live, and receipts may be events, in conversations of at most so many members. */
  liveReceiptMembers: 100,
  /** Members of a group, invited ones included. */
  membersPerGroup: 500,
  /** Rooms that one session may be in. */
  roomsPerSession: 100,
  /** A silence or block that ends by itself: a year. */
  restrictionSeconds: 365 * 24 * 60 * 60,
  mentionsPerMessage: 100,
  /** Users whom a message of a service names. */
  recipientsPerMessage: 100,
  /** Whoever has said that it is typing and does not say so again is taken to have stopped. */
  typingDuration: 20_000,
  /** `expiresIn` of a message: at least 1 s, at most this. */
  messageLifetimeMaximumSeconds: 30 * 24 * 60 * 60,
  /** Types that a webhook, or one listing of a history, may ask for. */
  eventTypesPerFilter: 50,
  attachmentsPerMessage: 10,
  /** Until when a broadcast is given to those who log in: at most, and unless it is said. */
  broadcastValidity: 30 * 24 * 60 * 60 * 1000,
  /** The newest of those that a user has missed. */
  broadcastsAtLogin: 100,
  pageSize: 100,
  defaultPageSize: 50,
  /** A JSON request body; larger ones are answered with 413 before they are parsed. */
  requestBodyBytes: 256 * 1024,
  /** One socket.io packet; binary content arrives as base64, so this is more than a message. */
  socketPacketBytes: 256 * 1024,
  /** How many events one resume may catch up; beyond that the client is told to list the history instead. */
  resumeEvents: 1_000,
  /** Commands of one (session, conversation) that may wait behind the one in flight. */
  laneWaiting: 16,
  /** Commands of one socket that may be under way or waiting, over all its conversations. */
  socketCommands: 256,
  /** Packets, and bytes, that may wait for a client to read what it was sent before; then it is cut off. */
  /** Of one user, at one gateway. */
  connectionsPerUser: 100,
  unreadPackets: 4_000,
  unreadBytes: 1024 * 1024,
  /** How long the first outcome of an idempotency key is kept. */
  idempotencyRetention: 24 * 60 * 60 * 1000,
  /** Days that an application may keep its events: not fewer than the outbox keeps them for a new stream. */
  eventRetentionDaysMinimum: 7,
  eventRetentionDaysMaximum: 36_500,
  /** One upload; the gateway's configuration may say otherwise. */
  fileBytes: 25 * 1024 * 1024,
  /** Uploads that one gateway takes at a time. */
  uploadsAtOnce: 32,
  /** The same, of one user. */
  uploadsPerUser: 4,
  /** How long an upload may give no bytes before it is ended (ms). */
  uploadSilence: 15_000,
  /** Exports of users' data that one gateway writes at a time. */
  exportsAtOnce: 8,
  /** The same, of one user. */
  exportsPerUser: 2,
  /** How long whoever gets an export may take nothing of it before it is cut off (ms). */
  exportSilence: 60_000,
  /** An image of more pixels is refused: decoding takes memory for each of them, however few bytes say so. */
  imagePixels: 50_000_000,
  /** The longer side of an image's smaller forms, in pixels. */
  imageMedium: 1_024,
  imageSmall: 256,
  fileLinkLifetimeSeconds: 60 * 60,
  fileLinkLifetimeMaximumSeconds: 7 * 24 * 60 * 60,
  hooksPerApplication: 50,
  hookServersPerApplication: 10,
  /** Each of a hook server's keys. */
  hookServerKeyLength: 200,
  /** How often a hook server is asked which hooks it has (ms), give or take a fifth. */
  hookServerRefresh: 45_000,
  webhooksPerApplication: 20,
  hookDeadlineMinimum: 50,
  hookDeadlineMaximum: 9_000,
  hookDeadlineDefault: 3_000,
  /** Shared by all hooks of one operation. */
  hookBudget: 10_000,
  hookAnswerBytes: 512 * 1024,
  /** Calls of one hook at once, of each replica of hook-engine. */
  hookConcurrencyDefault: 64,
  hookConcurrencyMaximum: 256,
  hookCallsPerApplication: 512,
  /** Runs of each hook that are kept, and for how long (ms). */
  hookRunsKept: 100,
  hookRunLifetime: 24 * 60 * 60 * 1_000,
  /** How long contents are recorded when somebody wants them to be, and each of them is kept (ms). */
  hookContentsLifetime: 60 * 60 * 1_000,
  /** How long a rotated secret or key of a hook or webhook may go on signing: a week. */
  secretOverlapMaximumSeconds: 7 * 24 * 60 * 60,
  /** What a server or a `receiversOffline` hook may give devices: as much as the providers take. */
  pushPayloadBytes: 4_096,
  /** Tests of webhooks that one replica of webhook-delivery makes at a time for an application. */
  webhookTestsAtOnce: 16,
  webhookTimeout: 15_000,
  /** The same, of LeanCloud's format. */
  serviceWebhookTimeout: 5_000,
  /** POSTs at once to a webhook. */
  webhookConcurrencyMaximum: 64,
  webhookConcurrencyDefault: 8,
  /** POSTs per second to a webhook that its owner may ask for. */
  webhookRateMaximum: 10_000,
  /** A webhook that has taken nothing for so long is disabled by the next failure. */
  webhookFailingDuration: 72 * 60 * 60 * 1_000,
  /** How long a delivery that was given up is kept. */
  webhookDeadRetention: 30 * 24 * 60 * 60 * 1_000,
  /** Events in one POST, and bytes of its body. */
  webhookBatchMaximum: 100,
  webhookBatchBytes: 1024 * 1024,
  /** How long an event waits for others that go into the same POST (ms). */
  webhookLingerMaximum: 200,
  /** Deliveries that wait for a webhook while a replay of it adds more. */
  webhookReplayPending: 10_000,
  /** How much of an answer the attempt log keeps. */
  webhookAnswerKeptBytes: 1_024,
  tokenLifetimeSeconds: 24 * 60 * 60,
  tokenLifetimeMaximumSeconds: 30 * 24 * 60 * 60,
  /** How long a rotated key may stay valid: a week. */
  keyOverlapMaximumSeconds: 7 * 24 * 60 * 60,
  /** What the clocks of those who mint tokens may differ from ours. */
  clockTolerance: 5_000,
  /** The claim `jti` of a token; one that is longer, or not printable, does not count as one. */
  tokenIdLength: 200,
  /** A session's tag. */
  sessionTagLength: 64,
  /** Open sessions of one user. */
  sessionsPerUser: 100,
  /** What is said to a client whose session is ended by others. */
  sessionEndReasonLength: 200,
  /** Users whose presence one request asks for, or subscribes to. */
  presenceUsers: 100,
  /** Users whose presence one socket may subscribe to. */
  presenceSubscriptions: 200,
  /** Newest conversations of either of two users among which one that both are in is looked for. */
  presenceConversations: 500,
  /** A gateway's lease is renewed this often ... */
  leaseRenewal: 2_000,
  /** ... and void when it was not renewed for this long. */
  leaseDuration: 8_000,
} as const;
