import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

interface HostNamesOptions {
  readonly hostsFile?: string;
  /** Name servers, as `address:port`; else those of the system. */
  readonly servers?: readonly string[];
}

/** Of one question to a name server (ms). Each server is asked twice, the second time for longer; who connects gives up sooner. */
const answerTime = 2_500;
/** For how long (ms) addresses of IPv6 are waited for when those of IPv4 are known. */
const grace = 300;
/** When nothing was answered for so long (ms), it is asked whether any name server is there, which may take as long again. */
const patience = 1_000;

/** No name server answers at all, which says nothing about the name. */
class NameServerUnreachableError extends Error {
  readonly code = 'NAME_SERVER_UNREACHABLE';
}

/**
 * Addresses of hosts that tenants name. The system's resolver blocks a thread per question, of which Node has two for this:
 * who answers for some names slowly would keep the calls of everybody else waiting. So name servers are asked by sockets,
 * for the name as it stands, unless the hosts file knows it. Names without a dot nobody can register: for these, which may
 * mean something in the operator's own network (search domains), the system's resolver is asked.
 */
export class HostNames {
  private readonly hostsFile: string;

  constructor(private readonly options: HostNamesOptions = {}) {
    this.hostsFile = options.hostsFile ?? '/etc/hosts';
  }

  /** @throws an error with a code, such as ENOTFOUND, when there is none; NAME_SERVER_UNREACHABLE when nobody can say */
  async addresses(hostname: string): Promise<LookupAddress[]> {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    if (!name.includes('.') || name.endsWith('.localhost')) return lookup(name, { all: true });
    const listed = addressesIn(await readFile(this.hostsFile, 'utf8').catch(() => ''), name);
    return listed.length > 0 ? listed : this.ask(name);
  }

  private async ask(name: string): Promise<LookupAddress[]> {
    const resolver = this.resolver(answerTime, 2);
    const doubt = setTimeout(() => {
      void this.findServer().then((isThere) => {
        if (!isThere) resolver.cancel();
      });
    }, patience);
    const six = resolver.resolve6(name).then(
      (addresses) => addresses.map((address) => ({ address, family: 6 })),
      () => [],
    );
    try {
      const addresses = await resolver.resolve4(name);
      const enough = setTimeout(() => {
        resolver.cancel();
      }, grace);
      const four = addresses.map((address) => ({ address, family: 4 }));
      return [...four, ...(await six.finally(() => clearTimeout(enough)))];
    } catch (error) {
      if (isUnreachable(error)) throw new NameServerUnreachableError();
      const found = await six;
      if (found.length === 0) throw error;
      return found;
    } finally {
      clearTimeout(doubt);
    }
  }

  /** Every name server knows the root, or says at least that it does not. */
  private findServer(): Promise<boolean> {
    return this.resolver(patience, 1)
      .resolveNs('.')
      .then(
        () => true,
        (error: unknown) => !isUnreachable(error) && codeOf(error) !== 'ETIMEOUT',
      );
  }

  /** A new one knows the servers that the system has now. */
  private resolver(timeout: number, tries: number): Resolver {
    const resolver = new Resolver({ timeout, tries });
    if (this.options.servers !== undefined) resolver.setServers(this.options.servers);
    return resolver;
  }
}

/** Nobody listens there, there was no socket to ask by, or it was given up, because no server is there. */
function isUnreachable(error: unknown): boolean {
  return ['ECONNREFUSED', 'ECANCELLED'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function addressesIn(hosts: string, name: string): LookupAddress[] {
  return hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    return family !== 0 && names.some((each) => each.toLowerCase() === name) ? [{ address, family }] : [];
  });
}
