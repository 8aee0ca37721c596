import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { HostNames } from './host-names.js';
import { OutgoingHttp, type OutgoingRequest } from './outgoing-http.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
const clients: OutgoingHttp[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.onApplicationShutdown()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(handler: Handler): Promise<number> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function outgoing(allow: string[] = ['127.0.0.0/8', '::1/128']): OutgoingHttp {
  const client = new OutgoingHttp(allow);
  clients.push(client);
  return client;
}

const to = (url: string, changes: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/json' },
  body: '{"hello":"world"}',
  timeout: 5_000,
  maximumAnswerBytes: 1_000,
  ...changes,
});

const never: Handler = () => undefined;
const echo: Handler = (request, response) => {
  response.writeHead(200, { 'x-method': request.method });
  request.pipe(response);
};

describe('a server that answers', () => {
  test('its status and body come back, whatever the status', async () => {
    const port = await serve((request, response) => {
      response.statusCode = 418;
      request.pipe(response);
    });
    const result = await outgoing().post(to(`http://127.0.0.1:${port}/brew`));
    expect(result).toMatchObject({ kind: 'answered', status: 418, body: Buffer.from('{"hello":"world"}') });
    expect(result.duration).toBeGreaterThanOrEqual(0);
  });

  test('a body of exactly the limit is read', async () => {
    const port = await serve(echo);
    const result = await outgoing().post(
      to(`http://127.0.0.1:${port}/`, { body: 'x'.repeat(1_000), maximumAnswerBytes: 1_000 }),
    );
    expect(result).toMatchObject({ kind: 'answered', body: { length: 1_000 } });
  });

  test('calls in a row share connections', async () => {
    const ports = new Set<number | undefined>();
    const port = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      echo(request, response);
    });
    const client = outgoing();
    for (let call = 0; call < 20; call++) await client.post(to(`http://127.0.0.1:${port}/`));
    expect(ports.size).toBeLessThan(5);
  });

  test('a connection that the server cuts off is tried once more', async () => {
    let calls = 0;
    const port = await serve((request, response) => {
      calls++;
      if (calls === 1) request.socket.destroy();
      else echo(request, response);
    });
    expect(await outgoing().post(to(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 200 });
    expect(calls).toBe(2);
  });
});

test('calls that hang take no connection from others to the same server', async () => {
  const { promise: allHang, resolve: enough } = Promise.withResolvers<unknown>();
  let hanging = 0;
  const port = await serve((request, response) => {
    if (request.url === '/echo') echo(request, response);
    else if (++hanging === 300) enough(null);
  });
  const client = outgoing();
  const hung = Array.from({ length: 300 }, () =>
    client.post(to(`http://127.0.0.1:${port}/hang`, { timeout: 60_000 })),
  );
  await allHang;
  expect(await client.post(to(`http://127.0.0.1:${port}/echo`))).toMatchObject({ status: 200 });
  await client.onApplicationShutdown();
  await Promise.all(hung);
});

describe('a server that does not', () => {
  test('nobody listens: refused', async () => {
    const port = await serve(never);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await outgoing().post(to(`http://127.0.0.1:${port}/`))).toMatchObject({
      kind: 'failed',
      failure: 'refused',
    });
  });

  test('it cuts off every connection: network', async () => {
    const port = await serve((request) => request.socket.destroy());
    expect(await outgoing().post(to(`http://127.0.0.1:${port}/`))).toMatchObject({ failure: 'network' });
  });

  test('it speaks something else: network', async () => {
    const port = await serve((request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await outgoing().post(to(`http://127.0.0.1:${port}/`))).toMatchObject({ failure: 'network' });
  });

  test('no name server can be asked: it is not its failure', async () => {
    // Nobody listens there.
    const client = new OutgoingHttp([], new HostNames({ servers: ['127.0.0.1:9'] }));
    clients.push(client);
    expect(await client.post(to('http://hook.invalid/'))).toMatchObject({
      failure: 'unavailable',
      detail: 'NAME_SERVER_UNREACHABLE',
    });
  });

  test('it never answers: timeout', async () => {
    const port = await serve(never);
    expect(await outgoing().post(to(`http://127.0.0.1:${port}/`, { timeout: 100 }))).toMatchObject({
      failure: 'timeout',
    });
  });

  test('it sends headers and then drips: the deadline covers the body', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200);
      const dripping = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(dripping));
    });
    const result = await outgoing().post(to(`http://127.0.0.1:${port}/`, { timeout: 200 }));
    expect(result).toMatchObject({ failure: 'timeout' });
  });

  test.each([
    ['with a length', { 'content-length': '1001' }],
    ['in chunks', {}],
  ])('it answers more than is read, %s: answer_too_large', async (_title, headers) => {
    const port = await serve((_request, response) => {
      response.writeHead(200, headers);
      response.end('x'.repeat(1_001));
    });
    expect(await outgoing().post(to(`http://127.0.0.1:${port}/`))).toMatchObject({
      failure: 'answer_too_large',
    });
  });

  test.each([
    ['is a failure', {}, { failure: 'answer_too_large' }],
    ['is cut', { overlong: 'cut' }, { kind: 'answered', status: 200, body: Buffer.alloc(1_000, 'x') }],
  ] as const)(
    'its answer never ends, which %s, and the connection is closed',
    async (_title, changes, expected) => {
      const { promise: closed, resolve: close } = Promise.withResolvers();
      const port = await serve((_request, response) => {
        const more = (): void => {
          while (response.write('x'.repeat(999)));
          response.once('drain', more);
        };
        response.on('close', close);
        more();
      });
      expect(await outgoing().post(to(`http://127.0.0.1:${port}/`, changes))).toMatchObject(expected);
      await closed;
    },
  );

  test('it redirects: the other place is not visited', async () => {
    let visited = false;
    const elsewhere = await serve((request, response) => {
      visited = true;
      echo(request, response);
    });
    const port = await serve((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${elsewhere}/` });
      response.end('x'.repeat(5_000));
    });
    expect(await outgoing().post(to(`http://127.0.0.1:${port}/`))).toMatchObject({
      failure: 'redirect',
      detail: 'status_307',
    });
    expect(visited).toBe(false);
  });
});

describe('an address that is not allowed', () => {
  // Each of them leads to the test's own server, if anybody connects.
  const forms = ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f000001', '2130706433', '127.1', '0'];

  test.each(forms)('http://%s is never connected to', async (host) => {
    let connections = 0;
    const port = await serve(echo);
    servers[0]?.on('connection', () => connections++);
    const client = outgoing([]);
    expect(await client.post(to(`http://${host}:${port}/`))).toMatchObject({
      failure: 'address_not_allowed',
    });
    expect(await client.checkUrl(`http://${host}:${port}/`)).toBe('address_not_allowed');
    expect(connections).toBe(0);
  });

  test('a name that leads to an allowed address may be called', async () => {
    const port = await serve(echo);
    const client = outgoing();
    expect(await client.post(to(`http://localhost:${port}/`))).toMatchObject({ status: 200 });
    expect(await client.checkUrl(`http://localhost:${port}/`)).toBe('allowed');
  });

  test('a name that cannot be resolved may be registered', async () => {
    expect(await outgoing([]).checkUrl('https://hook.invalid/')).toBe('allowed');
  });
});
