import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { World } from './world.js';

/** Starts the run's shared platform for the first test file that asks for it, and tells the others where it is. */
export async function hostSharedWorld(): Promise<{ url: string; stop: () => Promise<void> }> {
  let starting: Promise<World> | undefined;
  const server = createServer((_request, response) => {
    // Nobody can tell how long nothing is asked between two files.
    response.setHeader('connection', 'close');
    starting ??= World.start({ gateways: 2, conversations: 2 });
    starting.then(
      (world) => response.end(JSON.stringify(world.whereabouts)),
      (error: unknown) => {
        // The next file tries it again.
        starting = undefined;
        response.writeHead(500).end(String(error));
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      // Who asked for it was told why it did not start.
      await (await starting?.catch(() => undefined))?.close();
    },
  };
}
