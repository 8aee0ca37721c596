import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';

export interface NewSession {
  readonly id: string;
  readonly incarnation: string;
  readonly applicationId: string;
  readonly userId: string;
  readonly dialect: string;
}

/** Connected clients, and the leases of the gateways that hold them. */
@Injectable()
export class SessionsStore {
  constructor(private readonly database: Database) {}

  async renewLease(incarnation: string): Promise<void> {
    await this.database.client.$executeRaw`
      INSERT INTO conversation.gateway_lease (incarnation) VALUES (${incarnation}::uuid)
      ON CONFLICT (incarnation) DO UPDATE SET renewed_at = now()`;
  }

  async open(session: NewSession): Promise<void> {
    await this.renewLease(session.incarnation);
    await this.database.client.session.create({ data: session });
  }

  async close(id: string): Promise<void> {
    await this.database.client.session.deleteMany({ where: { id } });
  }

  /** Leases void for an hour, with whatever sessions their dead gateways left. */
  async sweep(): Promise<void> {
    await this.database.client.$executeRaw`
      DELETE FROM conversation.gateway_lease WHERE renewed_at < now() - interval '1 hour'`;
  }

  async listVersion(applicationId: string, userId: string): Promise<number | null> {
    const row = await this.database.client.user.findUnique({
      where: { applicationId_id: { applicationId, id: userId } },
      select: { listVersion: true },
    });
    return row?.listVersion ?? null;
  }

  /** Which of these users' conversation lists have another version. */
  async staleUsers(
    users: readonly { applicationId: string; userId: string; listVersion: number }[],
  ): Promise<{ applicationId: string; userId: string }[]> {
    return this.database.client.$queryRaw<{ applicationId: string; userId: string }[]>`
      SELECT known.application_id AS "applicationId", known.user_id AS "userId"
      FROM unnest(
        ${users.map((user) => user.applicationId)}::text[],
        ${users.map((user) => user.userId)}::text[],
        ${users.map((user) => user.listVersion)}::int[]
      ) AS known(application_id, user_id, list_version)
      JOIN conversation."user" AS current ON current.application_id = known.application_id AND current.id = known.user_id
      WHERE current.list_version <> known.list_version`;
  }
}
