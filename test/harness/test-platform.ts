import type { ApplicationWithKeys, newApplication } from '#contracts/applications.js';
import type { Operation } from '#contracts/rest/operation.js';
import { operations } from '#contracts/rest/operations.js';
import type { HandshakeAuth } from '#contracts/sockets.js';
import type { z } from 'zod';
import { TestApplication } from './application.js';
import { Client } from './client.js';
import type { Documents } from './documents.js';
import type { Doors } from './doors.js';
import {
  requestOf,
  rest,
  successOf,
  type OperationRequest,
  type RestAnswer,
  type RestRequest,
} from './rest.js';
import { SignedServer, type Behaviour } from './signed-server.js';

interface Closing {
  close(): unknown;
}

/** A platform, however its processes were started: its doors, and what a test opened there. */
export abstract class TestPlatform implements Doors {
  /** Where clients connect and send their requests. */
  abstract readonly gateways: readonly { readonly url: string }[];
  /** Of the owner of the installation. */
  readonly owner: { readonly authorization: string };
  protected readonly opened: Closing[] = [];
  /** What is heard is compared with these, once the platform runs. */
  documents: Documents | undefined;
  private applications = 0;

  protected constructor(readonly installationKey: string) {
    this.owner = { authorization: `Bearer ${installationKey}` };
  }

  async application(options: Partial<z.input<typeof newApplication>> = {}): Promise<TestApplication> {
    this.applications += 1;
    const body = { name: `Test ${String(this.applications)}`, ...options };
    const keys = await this.call<ApplicationWithKeys>(operations.createApplication, { as: this.owner, body });
    return new TestApplication(this, keys);
  }

  /** @throws RestProblem when it is not a success */
  async call<Answer, Definition extends Operation = Operation>(
    operation: Definition,
    request: OperationRequest<Definition>,
    gateway = 0,
  ): Promise<Answer> {
    return successOf(operation, await this.rest(requestOf(operation, request), gateway)) as Answer;
  }

  async rest(request: RestRequest, gateway = 0): Promise<RestAnswer> {
    const answer = await rest(this.gateways[gateway]!.url, request);
    this.documents?.answered(request, answer);
    return answer;
  }

  async connect(
    gateway: number,
    auth: HandshakeAuth,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Client> {
    const client = await Client.connect(this.gateways[gateway]!.url, auth, this.documents, headers);
    this.opened.push({ close: () => client.disconnect() });
    return client;
  }

  async signedServer<Body>(behaviour: Behaviour<Body>): Promise<SignedServer<Body>> {
    const server = await SignedServer.start(behaviour, (body) => this.documents?.called(body));
    this.opened.push(server);
    return server;
  }

  /** In the reverse order of opening, whatever of it fails. May be called again. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    try {
      this.documents?.check();
    } catch (error) {
      failures.push(error);
    }
    for (const opened of this.opened.splice(0).reverse()) {
      try {
        await opened.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the platform did not close in order');
  }
}
