/** What of an engine.io connection is needed here. */
export interface Connection {
  readonly readyState: string;
  close(discard?: boolean): unknown;
  once(event: 'close', listen: () => void): unknown;
}

/** How long a client that is sent away may take to read why (ms); then its connection is cut. */
const farewell = 5_000;

/**
 * Ends a connection after what waits for the client, if it reads it soon.
 *
 * @param close begins to
 * @returns resolves when the connection is closed
 */
export async function farewellOf(connection: Connection, close: () => void): Promise<void> {
  close();
  if (connection.readyState === 'closed') return;
  await new Promise<void>((resolve) => {
    const overdue = setTimeout(() => {
      connection.close(true);
    }, farewell);
    connection.once('close', () => {
      clearTimeout(overdue);
      resolve();
    });
  });
}
