import {
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
  type OnGatewayInit,
} from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { limits } from '#contracts/limits.js';
import { exactParser } from './exact-parser.js';
import { VonageConnections } from './vonage-connections.js';

/** Packages before 9.1.3 speak the third version of engine.io's protocol. WebSocket only: no sticky sessions are needed. */
const options = {
  transports: ['websocket'] as ['websocket'],
  allowEIO3: true,
  maxHttpBufferSize: limits.socketPacketBytes,
  serveClient: false,
  destroyUpgrade: false,
  cors: { origin: '*' },
  parser: exactParser,
};

/** Where packages before 9.2 connect. */
@WebSocketGateway({ ...options, path: '/rtc/' })
export class RtcSockets implements OnGatewayConnection<Socket> {
  @WebSocketServer()
  readonly server!: Server;

  constructor(private readonly connections: VonageConnections) {}

  handleConnection(socket: Socket): void {
    this.connections.take(socket);
  }
}

/** Where packages since 9.2 do. */
@WebSocketGateway({ ...options, path: '/v2/rtc/' })
export class SecondRtcSockets implements OnGatewayInit<Server>, OnGatewayConnection<Socket> {
  @WebSocketServer()
  readonly server!: Server;

  constructor(private readonly connections: VonageConnections) {}

  /** engine.io takes whatever begins with its path: what clients post there after a reconnection is thanked for, and not read. */
  afterInit(server: Server): void {
    server.engine.use(
      (
        request: { readonly url?: string; readonly method?: string },
        response: {
          writeHead(status: number, headers: Record<string, string>): { end(body?: string): void };
        },
        next: () => void,
      ) => {
        if (!/^\/v2\/rtc\/metrics\/?(\?|$)/.test(request.url ?? '')) {
          next();
          return;
        }
        response
          .writeHead(request.method === 'OPTIONS' ? 204 : 200, {
            'Access-Control-Allow-Origin': '*',
            'Access-Control-Allow-Headers': 'authorization, content-type',
            'Content-Type': 'application/json',
          })
          .end(request.method === 'OPTIONS' ? undefined : '{}');
      },
    );
  }

  handleConnection(socket: Socket): void {
    this.connections.take(socket);
  }
}
