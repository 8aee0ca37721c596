import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

interface HostNamesOptions {
  readonly hostsFile?: string;
  /** Name servers, as `address:port`; else those of the system. */
  readonly servers?: readonly string[];
}

/** Of one question to a name server (ms); it is asked twice. */
const answerTime = 2_500;

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

  /** @throws an error with a code, such as ENOTFOUND, when there is none */
  async addresses(hostname: string): Promise<LookupAddress[]> {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    if (!name.includes('.') || name.endsWith('.localhost')) return lookup(name, { all: true });
    const listed = addressesIn(await readFile(this.hostsFile, 'utf8').catch(() => ''), name);
    return listed.length > 0 ? listed : this.ask(name);
  }

  private async ask(name: string): Promise<LookupAddress[]> {
    // A new one knows the servers that the system has now.
    const resolver = new Resolver({ timeout: answerTime, tries: 2 });
    if (this.options.servers !== undefined) resolver.setServers(this.options.servers);
    const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = [
      ...addressesOf(four).map((address) => ({ address, family: 4 })),
      ...addressesOf(six).map((address) => ({ address, family: 6 })),
    ];
    if (four.status === 'rejected' && found.length === 0) throw four.reason as Error;
    return found;
  }
}

function addressesOf(answer: PromiseSettledResult<string[]>): string[] {
  return answer.status === 'fulfilled' ? answer.value : [];
}

function addressesIn(hosts: string, name: string): LookupAddress[] {
  return hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    return family !== 0 && names.some((each) => each.toLowerCase() === name) ? [{ address, family }] : [];
  });
}
