import type { IncomingMessage } from 'node:http';
import { Module, type DynamicModule } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { limits } from '#contracts/limits.js';
import { Log } from '#platform/log.js';
import { Admission } from './admission/admission.port.js';
import { ClientAddress } from './admission/client-address.js';
import { RateLimits } from './admission/rate-limits.js';
import { ApplicationKeys } from './auth/application-keys.js';
import { Authentication } from './auth/authentication.port.js';
import { CredentialsController } from './auth/credentials.controller.js';
import { TokenRevocations } from './auth/token-revocations.js';
import { CommandSender } from './commands/command-sender.port.js';
import { Feeds } from './delivery/feeds.port.js';
import { FileDownloads } from './files/downloads.port.js';
import { FileLinks } from './files/file-links.port.js';
import { FileRemoval } from './files/file-removal.js';
import { DiskStorage } from './files/storage/disk-storage.js';
import { S3Storage } from './files/storage/s3-storage.js';
import { FileStorage } from './files/storage/storage.js';
import { FileUploads } from './files/uploads.port.js';
import { filesConfiguration } from './files.config.js';
import { GatewayConfiguration, type GatewaySettings } from './gateway.config.js';
import { ApplicationsController } from './native/rest/applications.controller.js';
import { BlocksController } from './native/rest/blocks.controller.js';
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
import { ProblemFilter } from './native/rest/problem-filter.js';
import { ReceiptsController } from './native/rest/receipts.controller.js';
import { UnreadController } from './native/rest/unread.controller.js';
import { PresenceController } from './native/rest/presence.controller.js';
import { SessionsController } from './native/rest/sessions.controller.js';
import { UsersController } from './native/rest/users.controller.js';
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
    PathHealthController,
    ReceiptsController,
    UnreadController,
    PresenceController,
    SessionsController,
    UsersController,
  ],
  providers: [
    Admission,
    ApplicationKeys,
    Authentication,
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
    SocketCommands,
    TokenRevocations,
    UserExports,
  ],
})
export class GatewayModule {
  static forSettings(settings: GatewaySettings): DynamicModule {
    const files = filesConfiguration(settings);
    const configuration: GatewayConfiguration = {
      installationKey: settings.HOOKLINE_INSTALLATION_KEY,
      files,
      trustedProxies: settings.HOOKLINE_TRUSTED_PROXIES,
      rates: {
        address: settings.HOOKLINE_LIMIT_ADDRESS,
        connections: settings.HOOKLINE_LIMIT_CONNECTIONS,
        user: settings.HOOKLINE_LIMIT_USER,
        application: settings.HOOKLINE_LIMIT_APPLICATION,
        failures: settings.HOOKLINE_LIMIT_FAILURES,
      },
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
  app.useBodyParser('json', { limit: limits.requestBodyBytes, strict: false, type: isJsonRequest });
  app.useWebSocketAdapter(new IoAdapter(app));
  app.useGlobalFilters(new ProblemFilter(app.get(Log)));
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
  app.disable('x-powered-by');
  SwaggerModule.setup('api/docs', app, openApiDocument() as unknown as OpenAPIObject, { raw: false });
}

/** An uploaded file may be JSON, and is not to be parsed. */
function isJsonRequest({ headers, method, url }: IncomingMessage): boolean {
  const isUpload = method === 'POST' && /^\/api\/v1\/files\/?(\?|$)/i.test(url ?? '');
  return !isUpload && /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

/** Sockets know no end of their own. */
export function drainGateway(app: NestExpressApplication): Promise<void> {
  return app.get(NativeSockets).drain();
}
