import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it says when it is asked for its functions. */
export interface Listing {
  readonly status: number;
  readonly functions: readonly string[];
}

/** A hook server of LeanEngine's protocol of which the test decides, question by question, which functions it has. */
export class ListingServer {
  asked = 0;

  private constructor(
    private readonly server: Server,
    private list: () => Listing | Promise<Listing>,
  ) {}

  static async start(list: () => Listing | Promise<Listing>): Promise<ListingServer> {
    const server = createServer();
    const listing = new ListingServer(server, list);
    server.on('request', (request, response) => {
      if (request.method !== 'GET' || !String(request.url).endsWith('/_ops/metadatas')) {
        response.end('{}');
        return;
      }
      listing.asked += 1;
      void Promise.resolve(listing.list()).then(({ status, functions }) =>
        response.writeHead(status).end(JSON.stringify({ result: functions })),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return listing;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  behave(list: () => Listing | Promise<Listing>): void {
    this.list = list;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
