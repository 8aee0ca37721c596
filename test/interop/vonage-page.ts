import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import type { Release } from './nexmo-client.js';

/** Who looks at a page, by which gateway. */
interface Looker {
  readonly release: Release;
  readonly token: string;
  readonly conversationId: string;
  /** Of a gateway. */
  readonly url: string;
}

const require = createRequire(import.meta.url);

/**
 * Serves, from an origin of its own, a page as the guide of custom events has it: it logs in, listens for `my_custom_event`, and
 * sends one. What differs are the addresses, the method of the releases that name it otherwise, and that what it hears and is
 * answered also stands on the page.
 */
export class CustomEventPage {
  private constructor(private readonly server: Server) {}

  static async serve(): Promise<CustomEventPage> {
    const server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://page');
      const [, release = '', file] = pathname.split('/');
      if (file === 'page.html') {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(pageOf({ ...(Object.fromEntries(searchParams) as unknown as Looker) }));
        return;
      }
      readFile(require.resolve(`${release}/dist/nexmoClient.min.js`)).then(
        (bundle) => response.setHeader('content-type', 'text/javascript; charset=utf-8').end(bundle),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CustomEventPage(server);
  }

  addressOf(looker: Looker): string {
    const { port } = this.server.address() as AddressInfo;
    const query = new URLSearchParams({ ...looker }).toString();
    return `http://127.0.0.1:${String(port)}/${looker.release}/page.html?${query}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function pageOf({ release, token, conversationId, url }: Looker): string {
  const login = release === 'nexmo-client-9' ? 'createSession' : 'login';
  const options = { url: url.replace('http', 'ws'), nexmo_api_url: url, ips_url: `${url}/v1/image` };
  return `<!doctype html>
<title>${release}</title>
<link rel="icon" href="data:,">
<ol id="heard"></ol>
<ol id="sent"></ol>
<script src="/${release}/nexmoClient.min.js"></script>
<script>
  function show(list, value) {
    const item = document.createElement('li');
    item.textContent = JSON.stringify(value);
    document.getElementById(list).append(item);
  }
  (async function () {
    const nexmo = new NexmoClient(${JSON.stringify(options)});
    const app = await nexmo.${login}(${JSON.stringify(token)});
    const c = await app.getConversation(${JSON.stringify(conversationId)});

    c.on('my_custom_event', (from, event) => {
      show('heard', { from: from.userName ?? from.user.name, id: event.id, body: event.body });
    });

    c.sendCustomEvent({ type: 'my_custom_event', body: { your: 'data' } }).then((custom_event) => {
      show('sent', { id: custom_event.id });
    });
  })();
</script>
`;
}
