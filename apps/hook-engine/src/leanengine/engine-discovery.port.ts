import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  discoveryTimeout,
  type HookServerError,
  type LeanEngineCredentials,
} from '#contracts/hooks/servers.js';
import { limits } from '#contracts/limits.js';
import type { OwnFailure } from '#platform/outgoing/outgoing-failure.js';
import { OutgoingHttp, type OutgoingResult } from '#platform/outgoing/outgoing-http.js';
import { masterHeaders } from './engine-headers.port.js';
import { hookFunctions } from './engine-hooks.port.js';

/** What a server says about itself. */
export interface Discovered {
  /** Those that are hooks. */
  readonly functions: string[];
  /** Whether it seems to want `__sign`; null: it did not say. */
  readonly wantsLegacySign: boolean | null;
  readonly runtime: string | null;
  readonly version: string | null;
}

/** An own failure says nothing about the server. */
export type DiscoveryFailure = HookServerError | OwnFailure;

const metadata = z.object({ result: z.array(z.unknown()) });
const ping = z.object({ runtime: z.string().max(100).optional(), version: z.string().max(100).optional() });

/** Asks servers which hooks they have. */
@Injectable()
export class EngineDiscovery {
  constructor(private readonly outgoing: OutgoingHttp) {}

  async discover(url: string, credentials: LeanEngineCredentials): Promise<Discovered | DiscoveryFailure> {
    const metadatas = `${url}/1.1/functions/_ops/metadatas`;
    const headers = masterHeaders(credentials);
    const [listed, probed, pinged] = await Promise.all([
      this.ask('GET', metadatas, headers),
      this.ask('OPTIONS', metadatas, {}),
      this.ask('GET', `${url}/__engine/1/ping`, {}),
    ]);
    if (listed.kind === 'failed') return failureOf(listed.failure);
    if (listed.status === 401) return 'unauthorized';
    if (listed.status >= 500) return 'unreachable';
    const list = listed.status === 200 ? read(listed.body, metadata) : undefined;
    if (list === undefined) return 'invalid_answer';
    const { runtime = null, version = null } =
      (pinged.kind === 'answered' ? read(pinged.body, ping) : undefined) ?? {};
    return {
      functions: hookFunctions(list.result),
      wantsLegacySign: wantsLegacySign(probed),
      runtime,
      version,
    };
  }

  private ask(
    method: 'GET' | 'OPTIONS',
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<OutgoingResult> {
    const maximumAnswerBytes = limits.hookAnswerBytes;
    return this.outgoing.send({ method, url, headers, timeout: discoveryTimeout, maximumAnswerBytes });
  }
}

/** LeanCloud's own tool decides by this header of the answer to OPTIONS. */
function wantsLegacySign(probed: OutgoingResult): boolean | null {
  if (probed.kind === 'failed' || probed.status >= 400) return null;
  const allowed = probed.headers['access-control-allow-headers'];
  return !/(^|[\s,])x-lc-hook-key($|[\s,])/i.test(String(allowed));
}

function failureOf(failure: Extract<OutgoingResult, { kind: 'failed' }>['failure']): DiscoveryFailure {
  switch (failure) {
    case 'timeout':
    case 'refused':
    case 'network':
      return 'unreachable';
    case 'answer_too_large':
    case 'redirect':
      return 'invalid_answer';
    case 'address_not_allowed':
    case 'paused':
    case 'unavailable':
      return failure;
  }
}

function read<Schema extends z.ZodType>(body: Buffer, schema: Schema): z.output<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
