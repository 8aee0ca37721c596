import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';
import { eventually } from '../harness/eventually.js';
import type { VonageApplication } from './vonage-application.js';

/** The releases of the unmodified package, by the alias under which each is installed. */
export const releases = ['nexmo-client-6', 'nexmo-client-7', 'nexmo-client-8', 'nexmo-client-9'] as const;
export type Release = (typeof releases)[number];

/** What its listeners get, as far as tests look at it. */
export interface HeardEvent {
  readonly name: string;
  /** The first argument of the listener: a member, in another form before release 8. */
  readonly from: { readonly userName?: string; readonly user?: { readonly name?: string } } | undefined;
  readonly id: unknown;
  readonly body: unknown;
}

/* The package has types, but other ones in each release: what tests use of it, they name here. */
export interface NexmoEvent {
  readonly cid: string;
  readonly id: number;
  readonly type: string;
  readonly from: string;
  readonly body: Record<string, unknown>;
  readonly state?: { readonly seen_by?: object; readonly delivered_to?: object };
  seen(): Promise<void>;
  delivered(): Promise<void>;
  del(): Promise<void>;
  fetchImage(size: string): Promise<string>;
}
export interface NexmoMember {
  readonly id: string;
  readonly state: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly display_name: string;
  readonly userName?: string;
  kick(reason?: object): Promise<unknown>;
}
export interface NexmoPage<Item> {
  readonly items: Map<unknown, Item>;
  hasNext(): boolean;
  hasPrev(): boolean;
  getNext(): Promise<NexmoPage<Item>>;
  getPrev(): Promise<NexmoPage<Item>>;
}
type Listener = (from: HeardEvent['from'], event: NexmoEvent) => void;
export interface NexmoConversation {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly me: NexmoMember | null;
  readonly members: Map<string, NexmoMember>;
  readonly events: Map<number, NexmoEvent>;
  on(name: string, listener: Listener): void;
  sendText(text: string): Promise<NexmoEvent>;
  sendCustomEvent(event: { type: string; body: unknown }): Promise<NexmoEvent>;
  sendMessage(message: object): Promise<NexmoEvent>;
  sendEphemeralEvent(body: object): Promise<NexmoEvent>;
  sendImage(file: unknown): Promise<unknown>;
  startTyping(): Promise<unknown>;
  stopTyping(): Promise<unknown>;
  getEvents(page?: object): Promise<NexmoPage<NexmoEvent>>;
  getMembers(page?: object): Promise<NexmoPage<NexmoMember>>;
  getMember(id: string): Promise<NexmoMember>;
  deleteEvent(event: NexmoEvent): Promise<unknown>;
  invite(who: { id?: string; user_name?: string }): Promise<NexmoMember>;
  join(who?: object): Promise<NexmoMember>;
  leave(reason?: object): Promise<unknown>;
  del(): Promise<unknown>;
}
export interface NexmoApplication {
  readonly me: { readonly id: string; readonly name: string };
  readonly conversations: Map<string, NexmoConversation>;
  getConversation(id: string): Promise<NexmoConversation>;
  getConversations(page?: object): Promise<NexmoPage<NexmoConversation>>;
  newConversation(data?: object): Promise<NexmoConversation>;
  newConversationAndJoin(data?: object): Promise<NexmoConversation>;
  getUser(id?: string): Promise<{ id: string; name: string; display_name?: string }>;
  updateToken(token: string): Promise<unknown>;
  on(
    name: string,
    listener: (first: NexmoMember & { description?: string }, event: NexmoEvent) => void,
  ): void;
  on(name: string, group: string, listener: (error: { type: string; description?: string }) => void): void;
}

interface LoginOptions {
  readonly gateway?: number;
  readonly url?: string;
  /** Of the package. */
  readonly options?: Record<string, unknown>;
}

/** An unmodified nexmo-client in a page of its own, which is of another origin than the platform. */
export class NexmoClient {
  private constructor(
    readonly release: Release,
    private readonly page: JSDOM,
    /** The object of the package that has `login` or `createSession`. */
    readonly client: Record<string, (...values: unknown[]) => unknown>,
    readonly application: NexmoApplication,
  ) {}

  /**
   * Logged in.
   *
   * @param url instead of a gateway's
   * @throws NexmoApiError as the package has it
   */
  static async login(
    release: Release,
    { world }: VonageApplication,
    token: string,
    { gateway = 0, url = world.gateways[gateway]!.url, options = {} }: LoginOptions = {},
  ): Promise<NexmoClient> {
    const page = new JSDOM('<!doctype html>', {
      url: 'http://page.example/',
      runScripts: 'outside-only',
      pretendToBeVisual: true,
    });
    page.window.eval(lossyWebSocket);
    page.window.eval(countedRequests);
    page.window.eval(bundleOf(release));
    const Package = page.window['NexmoClient'] as new (options: object) => NexmoClient['client'];
    const client = new Package({
      url: url.replace('http', 'ws'),
      nexmo_api_url: url,
      ips_url: `${url}/v1/image`,
      debug: 'silent',
      rtcstats: { remote_collection: false },
      socket_io: { reconnectionDelay: 100, reconnectionDelayMax: 500, reconnectionAttempts: 200 },
      ...options,
    });
    const login = release === 'nexmo-client-9' ? 'createSession' : 'login';
    try {
      const me = (await client[login]!(token)) as NexmoApplication;
      return new NexmoClient(release, page, client, me);
    } catch (error) {
      page.window.close();
      throw error;
    }
  }

  /** A file of the page. */
  file(bytes: Uint8Array, type: string): unknown {
    const { File: PageFile, Uint8Array: PageBytes } = this.page.window as unknown as {
      File: new (parts: unknown[], name: string, options: object) => unknown;
      Uint8Array: { from(bytes: Uint8Array): unknown };
    };
    return new PageFile([PageBytes.from(bytes)], 'picture', { type });
  }

  /** The next packet that says this is lost on its way to the page. */
  loseNext(text: string): void {
    this.page.window['lost'] = text;
  }

  /** Resolves when the package waits for no answer: it asks for some things by itself, and hears it badly when they are gone. */
  async idle(): Promise<void> {
    await eventually(() => {
      if (this.page.window['requests'] !== 0) throw new Error('the package still waits for an answer');
    });
  }

  /** Calls back whenever the package says so of its connection: `disconnect`, `reconnect`. */
  onConnection(name: string, listener: (value: unknown) => void): void {
    (this.client['on'] as (name: string, listener: (value: unknown) => void) => void).call(
      this.client,
      name,
      listener,
    );
  }

  /** Whatever the release calls it. */
  logout(): Promise<{ type: string }> {
    const logout = this.release === 'nexmo-client-9' ? 'deleteSession' : 'logout';
    return this.client[logout]!() as Promise<{ type: string }>;
  }

  /** The id of its session. */
  get sessionId(): string {
    return String(this.client['session_id']);
  }

  /** The first event of this name that the conversation's listeners get from now on. */
  static next(conversation: NexmoConversation, name: string): Promise<NexmoEvent> {
    return new Promise((resolve) => {
      conversation.on(name, (_from, event) => {
        resolve(event);
      });
    });
  }

  /** Everything of these names that the conversation's listeners get from now on. */
  static hear(conversation: NexmoConversation, ...names: string[]): HeardEvent[] {
    const heard: HeardEvent[] = [];
    for (const name of names) {
      conversation.on(name, (from, { id, body }) => {
        heard.push({ name, from, id, body: JSON.parse(JSON.stringify(body)) as unknown });
      });
    }
    return heard;
  }

  /** Leaves no timer behind. */
  close(): void {
    this.page.window.close();
  }
}

/** Resolves with what was heard when it is so many. */
export function heard(events: readonly HeardEvent[], count: number): Promise<readonly HeardEvent[]> {
  return eventually(() => {
    if (events.length < count) throw new Error(`${String(events.length)} heard: ${JSON.stringify(events)}`);
    return events;
  });
}

/** Who is said to have sent it, in the form of every release. */
export function senderOf({ from }: HeardEvent): string | undefined {
  return from?.userName ?? from?.user?.name;
}

/** What the page's browser would be, on a line that loses what it is told to. */
const lossyWebSocket = `
  window.lost = null;
  window.WebSocket = class extends window.WebSocket {
    set onmessage(listen) {
      super.onmessage = (event) => {
        const isLost = window.lost !== null && String(event.data).includes(window.lost);
        if (isLost) window.lost = null;
        else listen(event);
      };
    }
  };
`;

/** How many requests are under way. */
const countedRequests = `
  window.requests = 0;
  window.XMLHttpRequest = class extends window.XMLHttpRequest {
    send(body) {
      window.requests += 1;
      this.addEventListener('loadend', () => { window.requests -= 1; });
      super.send(body);
    }
  };
`;

const bundles = new Map<Release, string>();
const require = createRequire(import.meta.url);

function bundleOf(release: Release): string {
  let bundle = bundles.get(release);
  if (bundle === undefined) {
    bundle = readFileSync(require.resolve(`${release}/dist/nexmoClient.js`), 'utf8');
    bundles.set(release, bundle);
  }
  return bundle;
}
