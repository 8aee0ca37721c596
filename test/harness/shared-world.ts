import { catchUp } from './catch-up.js';
import { Documents } from './documents.js';
import { Installation } from './installation.js';
import { Tables } from './tables.js';

/** How to reach a platform that another process has started. */
export interface Whereabouts {
  readonly gateways: readonly { readonly url: string }[];
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly path: string;
  readonly installationKey: string;
}

/**
 * The one platform of the run, with two gateways and two replicas of the conversation app, for whoever keeps to applications
 * of its own: others write at the same moment, so that nothing can be said of whole tables, and nobody stops a process.
 */
export class SharedWorld extends Installation {
  readonly gateways: Whereabouts['gateways'];
  readonly database: Tables;
  readonly nats: { readonly url: string };
  protected readonly path: string;

  private constructor({ gateways, databaseUrl, natsUrl, path, installationKey }: Whereabouts) {
    super(installationKey);
    this.gateways = gateways;
    this.database = new Tables(databaseUrl);
    this.nats = { url: natsUrl };
    this.path = path;
  }

  /** The first who asks has it started. */
  static async attach(): Promise<SharedWorld> {
    const host = process.env['HOOKLINE_TEST_SHARED_WORLD'];
    if (host === undefined)
      throw new Error('HOOKLINE_TEST_SHARED_WORLD is not set: run the tests by npm test');
    // To load a test file takes long, and the connections of the file before it are still there.
    await catchUp();
    const answer = await fetch(host);
    if (!answer.ok) throw new Error(`the shared platform did not start: ${await answer.text()}`);
    const world = new SharedWorld((await answer.json()) as Whereabouts);
    world.documents = await Documents.of(world.gateways[0]!.url);
    return world;
  }
}
