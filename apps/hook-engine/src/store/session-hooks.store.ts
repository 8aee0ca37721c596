import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';

/** A hook that is told of sessions, whoever's. */
export interface SessionHook {
  readonly id: string;
  readonly applicationId: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly toldFrom: Date;
}

@Injectable()
export class SessionHooksStore {
  constructor(private readonly database: Database) {}

  /** Disabled ones too, of all applications, by application. */
  async all(): Promise<SessionHook[]> {
    // The names stand in the statement, so that the index of just these hooks can be used.
    return this.database.client.$queryRaw<SessionHook[]>`
      SELECT id::text, application_id AS "applicationId", name, enabled, told_from AS "toldFrom"
      FROM hook_engine.hook WHERE name IN ('clientOnline', 'clientOffline')
      ORDER BY application_id`;
  }
}
