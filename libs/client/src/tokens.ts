/** Asks for a token when there is none, or the last one is about to expire. */
export class Tokens {
  private last: { readonly token: string; readonly expiresAt: number | null } | null = null;
  private asking: Promise<string> | null = null;

  constructor(private readonly ask: () => Promise<string> | string) {}

  /** One that holds for some time. */
  async current(): Promise<string> {
    if (this.last !== null && (this.last.expiresAt ?? Infinity) - Date.now() > margin) return this.last.token;
    return this.fresh();
  }

  /** Another one than the last. */
  async fresh(): Promise<string> {
    this.asking ??= Promise.resolve(this.ask()).finally(() => {
      this.asking = null;
    });
    const token = await this.asking;
    this.last = { token, expiresAt: expiryOf(token) };
    return token;
  }

  /** The server does not take the last one. */
  forget(): void {
    this.last = null;
  }

  /** ms since the epoch until when the last one holds; null: it does not say. */
  get expiresAt(): number | null {
    return this.last?.expiresAt ?? null;
  }
}

/** A token that ends so soon is not used any more (ms). */
const margin = 10_000;

function expiryOf(token: string): number | null {
  try {
    const [, claims = ''] = token.split('.');
    const { exp } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : null;
  } catch {
    return null;
  }
}
