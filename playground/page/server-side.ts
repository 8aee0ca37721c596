/** A moderation rule, as playground/server/rules.mjs reads it. */
export interface Rule {
  readonly kind: 'replace' | 'drop' | 'reject' | 'whisper';
  readonly pattern: string;
  readonly replacement?: string;
  readonly enabled: boolean;
}

export interface Visit {
  readonly conversationId: string;
  readonly users: readonly { readonly id: string; readonly name: string }[];
  readonly rules: readonly Rule[];
}

/** What the playground's server tells as it happens. */
export interface Told {
  hook: {
    readonly senderId: string;
    readonly text: string;
    readonly answer: object;
    /** Places of the rules that made it so. */
    readonly matched: readonly number[];
  };
  webhook: { readonly type: string; readonly eventId: string };
  push: { readonly userId: string; readonly eventId: string; readonly title: string; readonly body: string };
}

/** What your own server does for its clients: playground/server. */
export class ServerSide {
  private constructor(private readonly url: string) {}

  static async find(): Promise<ServerSide> {
    const answer = await fetch('/playground.json');
    const { server } = (await answer.json()) as { server: string };
    return new ServerSide(server);
  }

  async begin(): Promise<Visit> {
    return (await this.ask('POST', '/visits')) as Visit;
  }

  async token(userId: string): Promise<string> {
    return ((await this.ask('POST', `/tokens/${encodeURIComponent(userId)}`)) as { token: string }).token;
  }

  async setRules(conversationId: string, rules: readonly Rule[]): Promise<void> {
    await this.ask('PUT', `/rules/${encodeURIComponent(conversationId)}`, rules);
  }

  watch(conversationId: string, hear: <Name extends keyof Told>(name: Name, data: Told[Name]) => void): void {
    const source = new EventSource(`${this.url}/stream/${encodeURIComponent(conversationId)}`);
    for (const name of ['hook', 'webhook', 'push'] as const) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        hear(name, JSON.parse(data) as Told[typeof name]);
      });
    }
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)}`);
    return answer.json();
  }
}
