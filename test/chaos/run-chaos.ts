import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryDataDirectory } from '../../scripts/data-directory.mjs';
import { progress } from '../../scripts/process-output.mjs';
import { Announcer } from './announcer.js';
import { castOf, type Cast } from './cast.js';
import type { ChaosClient } from './chaos-client.js';
import { checkHistories, checkRecords, loadTruth, stillMissing } from './checker.js';
import { checkStored } from './check-leaks.js';
import { Churn } from './churn.js';
import { Driver } from './driver.js';
import { findingKinds, type Finding } from './findings.js';
import { Sender } from './load.js';
import { offlineAfter } from './outages.js';
import { Platform } from './platform.js';
import { PresenceProbe } from './presence.js';
import { Random } from './random.js';
import { readersOf } from './readers.js';
import type { RunRecords, Sent } from './records.js';
import { Wording } from './wording.js';

interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Which processes are disturbed; empty: all. */
  readonly only: readonly string[];
  readonly pauseShare: number;
  /** Whether the data folder stays even when nothing was found. */
  readonly keep: boolean;
}

/** ms that one message of a client follows the other, on average. */
const pace = 1_500;
/** How long what was interrupted may take to be done once everything runs again, in ms. */
const settlingTime = 180_000;
/** What failed more than once is tried again some minutes later, and what the stream has lost is asked for after one, in ms. */
const handOverTime = 600_000;

/** One run: everything that happens follows from the seed, but for what the machine's pace makes of it. */
export async function runChaos(
  options: ChaosOptions,
  interruption: AbortSignal,
): Promise<{ line: string; failed: boolean }> {
  const folder = temporaryDataDirectory();
  const startedAt = Date.now();
  const log = (line: string): void => {
    progress(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
  };
  log(`seed ${String(options.seed)}, data and evidence in ${folder.path}`);
  const platform = await Platform.start(folder.path, {}, log);
  try {
    const run = new Run(platform, options, log);
    const interrupted = new Promise<never>((_resolve, reject) => {
      interruption.addEventListener('abort', () => {
        reject(new Error('interrupted'));
      });
    });
    await Promise.race([run.play(interruption), interrupted]);
    const result = run.result();
    const { failed } = result;
    await platform.close();
    if (failed || options.keep) log(`evidence: ${join(folder.path, 'evidence')}`);
    else folder.remove();
    return result;
  } finally {
    await platform.close();
  }
}

class Run {
  private readonly findings: Finding[] = [];
  private readonly random: Random;
  private readonly wording: Wording;
  private readonly driver: Driver;
  private senders: (Sender | Announcer)[] = [];
  private cast!: Cast;

  constructor(
    private readonly platform: Platform,
    private readonly options: ChaosOptions,
    private readonly log: (line: string) => void,
  ) {
    this.random = new Random(options.seed);
    this.wording = new Wording(options.seed);
    const gateways = platform.gateways.map(({ name }) => name);
    this.driver = new Driver({
      fleet: platform.fleet,
      random: this.random.fork(),
      gateways,
      victims: [...gateways, ...platform.appNames, 'nats', 'postgres'].filter(
        (name) => options.only.length === 0 || options.only.includes(name),
      ),
      pauseShare: options.pauseShare,
      natsStore: platform.natsStore,
      log,
    });
  }

  async play(interruption: AbortSignal): Promise<void> {
    const { platform, random, log } = this;
    this.cast = await castOf(platform, this.wording, random.fork());
    const { cast } = this;
    const punctual = cast.clients.filter((client) => !cast.latecomers.includes(client));
    for (const client of punctual) client.start();
    await this.until('every client is connected', 60_000, () => punctual.every(({ isReady }) => isReady));
    const group = (await platform.tables.conversations()).find(({ id }) => cast.conversationIds.includes(id));
    const subject = { applicationId: cast.application.id, conversationKey: group!.key };
    const userIds = cast.users.map(({ id }) => id);
    const probe = await PresenceProbe.open(platform.natsUrl, subject, userIds);
    try {
      await this.storm(probe, interruption);
      log(`quiet: ${String(this.driver.kills)} kills, ${String(this.sent.length)} messages`);
      await this.settle();
      await this.check(probe);
    } finally {
      await Promise.all(cast.clients.map((client) => client.stop()));
      await probe.close();
      this.writeEvidence(cast, join(platform.dataDirectory, 'evidence'));
    }
  }

  result(): { line: string; failed: boolean } {
    const counts = Object.fromEntries(
      findingKinds.map((kind) => [kind, this.findings.filter((finding) => finding.kind === kind).length]),
    );
    const { lost, doubled, reordered, gaps, leaked, webhooksMissing, presenceErrors } = counts;
    const line = JSON.stringify({
      seed: this.options.seed,
      minutes: this.options.minutes,
      kills: this.driver.kills,
      acked: this.sent.filter(({ outcome }) => outcome.kind === 'stored').length,
      ...{ lost, doubled, reordered, gaps, leaked, webhooksMissing, presenceErrors },
    });
    return { line, failed: this.findings.length > 0 };
  }

  private writeEvidence({ clients }: Cast, folder: string): void {
    mkdirSync(folder, { recursive: true });
    const write = (name: string, items: readonly unknown[]): void => {
      writeFileSync(join(folder, name), items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    };
    write('findings.jsonl', this.findings);
    write('faults.jsonl', this.driver.faults);
    write('outages.jsonl', this.platform.fleet.outages);
    write('sent.jsonl', this.sent);
    write(
      'clients.jsonl',
      clients.map(({ name, heard, closings, skipped, spans }) => ({
        ...{ name, heard: heard.length, closings, skipped, spans },
      })),
    );
    const kinds = Map.groupBy(this.findings, ({ kind, what }) => `${kind}: ${what}`);
    for (const [what, found] of kinds) this.log(`${String(found.length)} x ${what}`);
  }

  private readonly report = (kind: Finding['kind'], what: string, evidence: unknown): void => {
    this.findings.push({ kind, what, evidence });
  };

  private get sent(): Sent[] {
    return this.senders.flatMap(({ sent }) => sent);
  }

  /** Load and faults together; afterwards everything runs, and whoever sent something has insisted on it. */
  private async storm(probe: PresenceProbe, interruption: AbortSignal): Promise<void> {
    const { cast, platform, random, options } = this;
    const calm = new AbortController();
    const giveUp = new AbortController();
    const { gateways } = platform;
    const { wording } = this;
    const present = cast.clients.filter(({ isStarted }) => isStarted);
    this.senders = present.map(
      (client) => new Sender(client, cast.placesOf(client.user), random.fork(), { wording, gateways, pace }),
    );
    this.senders.push(new Announcer(cast.application, cast.serviceId, random.fork(), { wording, gateways }));
    const churn = new Churn(cast.application, cast.conversationIds, cast.churning, gateways, random.fork());
    const working = Promise.all([
      ...this.senders.map((sender) => sender.run(calm.signal, giveUp.signal)),
      churn.run(calm.signal, giveUp.signal),
      probe.run(calm.signal),
      ...readersOf(cast, random.fork()).map((reader) => reader.run(calm.signal)),
      this.wander(random.fork(), calm.signal),
    ]);
    interruption.addEventListener('abort', () => {
      calm.abort();
      giveUp.abort();
    });
    await this.driver.run(Date.now() + options.minutes * 60_000, interruption);
    interruption.throwIfAborted();
    await this.until('everything runs again', settlingTime, () => platform.fleet.isWhole);
    calm.abort();
    const overdue = setTimeout(() => {
      giveUp.abort();
    }, settlingTime);
    await working;
    clearTimeout(overdue);
    interruption.throwIfAborted();
    this.log(`${String(churn.changes)} changes of members, ${String(probe.unanswered)} probes unanswered`);
  }

  /** Clients lose their network for a moment, or are away for longer than the platform may take them for present. */
  private async wander(random: Random, until: AbortSignal): Promise<void> {
    const naps: Promise<void>[] = [];
    while (!until.aborted) {
      await wait(random.between(300, 1_500));
      const client = random.pick(this.cast.clients);
      if (!client.isStarted) continue;
      if (random.chance(0.7)) client.drop();
      else naps.push(nap(client, random.between(500, 16_000), until));
    }
    await Promise.all(naps);
  }

  private async settle(): Promise<void> {
    const { platform, cast } = this;
    for (const client of cast.latecomers) client.start();
    await this.until('every client is back', settlingTime, () =>
      cast.clients.every(({ isReady }) => isReady),
    );
    let unfinished: string[] = [];
    await this.until('everything is handed over', handOverTime, async () => {
      unfinished = await platform.tables.unfinished();
      return unfinished.length === 0;
    });
    if (unfinished.length > 0) this.log(`left over: ${unfinished.join(', ')}`);
    const truth = await loadTruth(platform.tables);
    await this.until(
      'every client has heard everything',
      settlingTime,
      () => stillMissing(truth, cast) === 0,
    );
  }

  private async check(probe: PresenceProbe): Promise<void> {
    const { platform, cast, wording, report } = this;
    await checkHistories(cast, await loadTruth(platform.tables), report);
    this.log('checking');
    await Promise.all([
      this.leave(probe),
      checkStored(platform.tables, platform.dataDirectory, wording, report),
    ]);
    this.log(`confirmed: ${JSON.stringify(checkRecords(await this.records(probe), wording, report))}`);
  }

  /**
   * Nearly all go in good order and have to be known as gone, whatever happened to their sessions before. One user stays at
   * both gateways: a gateway without clients keeps no lease, and with it every session left over would be gone.
   */
  private async leave(probe: PresenceProbe): Promise<void> {
    const { cast } = this;
    await probe.probe();
    const [staying] = cast.users;
    await Promise.all(cast.clients.filter(({ user }) => user !== staying).map((client) => client.stop()));
    await wait(offlineAfter);
    await this.until(
      'whoever has left is offline',
      1_000,
      async () => (await probe.probe())?.online.size === 1,
    );
  }

  private async records({ snapshots }: PresenceProbe): Promise<RunRecords> {
    const { cast, sent } = this;
    const { tables, fleet } = this.platform;
    return {
      truth: await loadTruth(tables),
      sent,
      clients: cast.clients,
      outages: fleet.outages,
      webhookCalls: cast.webhook.received,
      afterHookCalls: cast.afterHook.received,
      secondHookCalls: cast.second.received,
      snapshots,
      sessionChanges: await tables.sessionChanges(),
      leases: await tables.leases(),
      notifications: await tables.notifications(),
      notifyingJobs: await tables.notifyingJobs(),
      notifyingProgress: await tables.notifyingProgress(),
    };
  }

  /** Goes on when the condition holds or time is up; what is missing then is found by the checks. */
  private async until(
    what: string,
    within: number,
    condition: () => boolean | Promise<boolean>,
  ): Promise<void> {
    const deadline = Date.now() + within;
    while (Date.now() < deadline) {
      if (await condition()) {
        this.log(what);
        return;
      }
      await wait(200);
    }
    this.log(`in vain after ${String(within / 1000)} s: ${what}`);
  }
}

async function nap(client: ChaosClient, length: number, until: AbortSignal): Promise<void> {
  await client.vanish();
  await wait(length, undefined, { signal: until }).catch(() => undefined);
  client.start();
}
