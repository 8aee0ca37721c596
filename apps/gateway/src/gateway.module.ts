import { Module, type DynamicModule } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { Log } from '#platform/log.js';
import { Admission } from './admission/admission.port.js';
import { ClientAddress } from './admission/client-address.js';
import { RateLimits } from './admission/rate-limits.js';
import { ApplicationKeys } from './auth/application-keys.js';
import { Authentication } from './auth/authentication.port.js';
import { CredentialsController } from './auth/credentials.controller.js';
import { TokenRevocations } from './auth/token-revocations.port.js';
import { CommandSender } from './commands/command-sender.port.js';
import { ApplicationFeeds } from './delivery/application-feeds.port.js';
import { BroadcastCursors } from './delivery/broadcast-cursors.port.js';
import { Feeds } from './delivery/feeds.port.js';
import { leanCloudProviders } from './dialects/leancloud/leancloud-providers.js';
import { LeanCloudController } from './dialects/leancloud/leancloud.controller.js';
import { vonageProviders } from './dialects/vonage/vonage-providers.js';
import { VonageConnections } from './dialects/vonage/sockets/vonage-connections.js';
import { VonageDiscoveryController } from './dialects/vonage/vonage-discovery.controller.js';
import { VonageImagesController } from './dialects/vonage/vonage-images.controller.js';
import { VonageController } from './dialects/vonage/vonage.controller.js';
import { SessionFeeds } from './delivery/session-feeds.port.js';
import { FileDownloads } from './files/downloads.port.js';
import { FileLinks } from './files/file-links.port.js';
import { FileRemoval } from './files/file-removal.js';
import { DiskStorage } from './files/storage/disk-storage.js';
import { S3Storage } from './files/storage/s3-storage.js';
import { FileStorage } from './files/storage/storage.js';
import { FileUploads } from './files/uploads.port.js';
import { filesConfiguration } from './files.config.js';
import { GatewayConfiguration, type GatewaySettings } from './gateway.config.js';
import { parseBodies } from './http/body-parsers.port.js';
import { ErrorFilter } from './http/error-filter.js';
import { ApplicationsController } from './native/rest/applications.controller.js';
import { BlocksController } from './native/rest/blocks.controller.js';
import { BroadcastsController } from './native/rest/broadcasts.controller.js';
import { ConversationsController } from './native/rest/conversations.controller.js';
import { DocumentsController } from './native/rest/documents.controller.js';
import { EphemeralController } from './native/rest/ephemeral.controller.js';
import { EventsController } from './native/rest/events.controller.js';
import { FilesController } from './native/rest/files.controller.js';
import { MembersController } from './native/rest/members.controller.js';
import { MembershipController } from './native/rest/membership.controller.js';
import { MessagesController } from './native/rest/messages.controller.js';
import { HooksController } from './native/rest/hooks.controller.js';
import { HookServersController } from './native/rest/hook-servers.controller.js';
import { NotificationsController } from './native/rest/notifications.controller.js';
import { openApiDocument } from './native/rest/openapi.js';
import { ReceiptsController } from './native/rest/receipts.controller.js';
import { UnreadController } from './native/rest/unread.controller.js';
import { PresenceController } from './native/rest/presence.controller.js';
import { SessionsController } from './native/rest/sessions.controller.js';
import { UsersController } from './native/rest/users.controller.js';
import { WebhookDeliveriesController } from './native/rest/webhook-deliveries.controller.js';
import { WebhookReplaysController } from './native/rest/webhook-replays.controller.js';
import { WebhooksController } from './native/rest/webhooks.controller.js';
import { CommandGroups } from './native/sockets/command-groups.js';
import { EphemeralCommands } from './native/sockets/ephemeral-commands.js';
import { EventCommands } from './native/sockets/event-commands.js';
import { MessageCommands } from './native/sockets/message-commands.js';
import { NativeSockets } from './native/sockets/native-sockets.js';
import { ReceiptCommands } from './native/sockets/receipt-commands.js';
import { RoomCommands } from './native/sockets/room-commands.js';
import { SessionCommands } from './native/sockets/session-commands.js';
import { SocketCommands } from './native/sockets/socket-commands.js';
import { PathHealthController } from './path-health.controller.js';
import { PlaygroundController } from './playground/playground.controller.js';
import { PresenceWatch } from './presence/presence-watch.port.js';
import { ConnectedSessions } from './sessions/connected-sessions.port.js';
import { GatewayLease } from './sessions/gateway-lease.js';
import { UserExports } from './user-exports/user-exports.port.js';

/** The only door for clients. */
@Module({
  controllers: [
    ApplicationsController,
    BlocksController,
    BroadcastsController,
    ConversationsController,
    CredentialsController,
    DocumentsController,
    EphemeralController,
    EventsController,
    FilesController,
    MembersController,
    MembershipController,
    MessagesController,
    HooksController,
    NotificationsController,
    HookServersController,
    LeanCloudController,
    // Before the other one, whose routes are wider.
    VonageImagesController,
    VonageDiscoveryController,
    VonageController,
    PathHealthController,
    ReceiptsController,
    UnreadController,
    PresenceController,
    SessionsController,
    UsersController,
    WebhookReplaysController,
    WebhooksController,
    WebhookDeliveriesController,
  ],
  providers: [
    Admission,
    ApplicationFeeds,
    ApplicationKeys,
    Authentication,
    BroadcastCursors,
    ClientAddress,
    CommandSender,
    ConnectedSessions,
    CommandGroups,
    EphemeralCommands,
    EventCommands,
    Feeds,
    FileDownloads,
    FileLinks,
    FileRemoval,
    FileUploads,
    GatewayLease,
    MessageCommands,
    NativeSockets,
    ReceiptCommands,
    RateLimits,
    RoomCommands,
    PresenceWatch,
    SessionCommands,
    SessionFeeds,
    SocketCommands,
    TokenRevocations,
    UserExports,
    ...leanCloudProviders,
    ...vonageProviders,
  ],
})
export class GatewayModule {
  static forSettings(settings: GatewaySettings): DynamicModule {
    const files = filesConfiguration(settings);
    const configuration: GatewayConfiguration = {
      installationKey: settings.HOOKLINE_INSTALLATION_KEY,
      files,
      trustedProxies: settings.HOOKLINE_TRUSTED_PROXIES,
      publicUrl: settings.HOOKLINE_PUBLIC_URL ?? null,
      rates: {
        address: settings.HOOKLINE_LIMIT_ADDRESS,
        connections: settings.HOOKLINE_LIMIT_CONNECTIONS,
        user: settings.HOOKLINE_LIMIT_USER,
        application: settings.HOOKLINE_LIMIT_APPLICATION,
        failures: settings.HOOKLINE_LIMIT_FAILURES,
        broadcasts: settings.HOOKLINE_LIMIT_BROADCASTS,
      },
      isVonageAclRequired: settings.HOOKLINE_VONAGE_ACL === 'required',
      playgroundUrl: settings.HOOKLINE_PLAYGROUND_URL ?? null,
    };
    const storage = files.s3 === null ? new DiskStorage(files.directory) : new S3Storage(files.s3);
    return {
      module: GatewayModule,
      controllers: configuration.playgroundUrl === null ? [] : [PlaygroundController],
      providers: [
        { provide: GatewayConfiguration, useValue: configuration },
        { provide: FileStorage, useValue: storage },
      ],
    };
  }
}

/** What has to be said to the HTTP server rather than to Nest's modules. */
export function prepareGateway(app: NestExpressApplication): void {
  // Before bodies are parsed: a page of another origin is to read that its own was too large.
  app.enableCors({
    origin: '*',
    exposedHeaders: [
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'Content-Disposition',
      'Content-Range',
      'ETag',
    ],
  });
  parseBodies(app);
  app.useWebSocketAdapter(new IoAdapter(app));
  app.useGlobalFilters(new ErrorFilter(app.get(Log)));
  app.disable('x-powered-by');
  SwaggerModule.setup('api/docs', app, openApiDocument() as unknown as OpenAPIObject, { raw: false });
}

/** Sockets know no end of their own. */
export async function drainGateway(app: NestExpressApplication): Promise<void> {
  await Promise.all([app.get(NativeSockets).drain(), app.get(VonageConnections).drain()]);
}
