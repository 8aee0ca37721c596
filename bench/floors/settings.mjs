// @ts-check
import { connect } from '@nats-io/transport-node';

export function floorSettings() {
  return {
    floor: process.env['FLOOR'] ?? '',
    databaseUrl: process.env['DATABASE_URL'] ?? '',
    /** Connections that write at the same time; the lanes of floor d. */
    writers: Number(process.env['FLOOR_WRITERS'] ?? 2),
  };
}

export function connectNats() {
  const { host, username, password } = new URL(process.env['NATS_URL'] ?? '');
  return connect({ servers: host, user: username, pass: password });
}

/** Tells the bench that this program is ready. @param {string} [url] where clients find it */
export function announceFloor(url) {
  process.on('disconnect', () => process.exit());
  process.send?.({ ready: true, url });
}
