/** Where a client keeps what has to outlive it: what it has received, and what it has still to send. */
export interface ClientStorage {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** Keeps as long as the process. */
export function memoryStorage(): ClientStorage {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => {
      values.set(key, value);
    },
    remove: (key) => {
      values.delete(key);
    },
  };
}

/** What of a browser's `localStorage` is needed. */
interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Keeps in a browser, for instance `webStorage(localStorage, 'hookline:tom')`. One client at a time may use a prefix: two
 * tabs need two of them.
 */
export function webStorage(storage: WebStorage, prefix: string): ClientStorage {
  return {
    get: (key) => storage.getItem(`${prefix}:${key}`),
    set: (key, value) => {
      storage.setItem(`${prefix}:${key}`, value);
    },
    remove: (key) => {
      storage.removeItem(`${prefix}:${key}`);
    },
  };
}
