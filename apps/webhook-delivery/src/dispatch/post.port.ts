import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import { isOwnFailure, type OutgoingFailure } from '#platform/outgoing/outgoing-failure.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { signatureHeaders, signingKey, type SigningKey } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import type { StoredEndpoint } from '../store/endpoints.store.js';
import { vonageAuthorization } from './vonage-authorization.js';

/** Whom and how a message is sent. */
export type PostedTo = Pick<
  StoredEndpoint,
  | ('applicationId' | 'url' | 'format')
  | 'signatures'
  | ('secretSealed' | 'formerSecretSealed' | 'formerSecretUntil')
  | ('keySealed' | 'formerKeySealed' | 'formerKeyUntil')
>;

/** What signs, and until when (ms since the epoch). */
interface ValidKey {
  readonly key: SigningKey;
  readonly until: number;
}

interface OpenedKeys {
  readonly keys: readonly ValidKey[];
  /** The present one, as its owner was told it. */
  readonly secret: string;
}

export interface Posted {
  /** Header `webhook-id`. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** What came of one POST. `startedAt` is in ms since the epoch, `duration` in ms of running time. */
export type PostResult = { readonly startedAt: number; readonly duration: number } & (
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** By what the endpoint's protocol says. */
      readonly isTaken: boolean;
      /** Header `retry-after` as it stands. */
      readonly retryAfter: string | null;
      /** The first 1 KiB of its body as text, without U+0000, which no text column takes. */
      readonly answer: string;
    }
  | {
      readonly kind: 'failed';
      readonly failure: OutgoingFailure;
      /** A code for log and owner, free of addresses and content. */
      readonly detail: string;
    }
);

/** Why it was not taken, for log and owner; null: it was. */
export function failureOf(result: PostResult): string | null {
  if (result.kind === 'failed')
    return isOwnFailure(result.failure) ? result.failure : `${result.failure}: ${result.detail}`;
  return result.isTaken ? null : `status_${result.status}`;
}

/** Ours to mend, so it is no attempt. */
const unreadable = {
  kind: 'failed',
  failure: 'unavailable',
  detail: 'SECRET_UNREADABLE',
  duration: 0,
} as const;
/** An answer is read so far; more of it is nobody's concern. */
const mostRead = 64 * 1_024;

/** The one way by which messages go to endpoints: a signed POST of JSON. */
@Injectable()
export class Post {
  /** An endpoint is read again whenever it was changed, so its keys are opened once for each. */
  private readonly opened = new WeakMap<PostedTo, OpenedKeys>();

  constructor(
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
  ) {}

  /** Whatever the receiver does is a result. @param headers besides those of every message */
  async send(
    endpoint: PostedTo,
    { id, body }: Posted,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<PostResult> {
    const now = new Date();
    const opened = this.keys(endpoint);
    if (opened === null) return { ...unreadable, startedAt: now.getTime() };
    const keys = opened.keys.flatMap(({ key, until }) => (until > now.getTime() ? key : []));
    const { applicationId, format } = endpoint;
    const result = await this.outgoing.post({
      url: endpoint.url,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'user-agent': 'Hookline',
        ...signatureHeaders(keys, { id, timestamp: now, body }),
        ...(format === 'vonage' && {
          authorization: await vonageAuthorization(opened.secret, { applicationId, body, at: now }),
        }),
      },
      body,
      timeout: format === 'leancloud' ? limits.serviceWebhookTimeout : limits.webhookTimeout,
      maximumAnswerBytes: mostRead,
      overlong: 'cut',
    });
    const measured = { startedAt: now.getTime(), duration: result.duration };
    if (result.kind === 'failed') {
      const { failure, detail } = result;
      return { kind: 'failed', failure, detail, ...measured };
    }
    const { 'retry-after': wait } = result.headers;
    return {
      kind: 'answered',
      status: result.status,
      isTaken: result.status >= 200 && result.status <= lastTaken(format),
      retryAfter: (Array.isArray(wait) ? wait[0] : wait) ?? null,
      answer: keptOf(result.body),
      ...measured,
    };
  }

  /** @returns null when they cannot be read: this process has another key than the one that sealed them */
  private keys(endpoint: PostedTo): OpenedKeys | null {
    try {
      const opened = this.opened.get(endpoint) ?? {
        keys: this.open(endpoint),
        secret: this.sealing.open(endpoint.secretSealed),
      };
      this.opened.set(endpoint, opened);
      return opened;
    } catch {
      return null;
    }
  }

  /** The present one of a version before the former one. */
  private open(endpoint: PostedTo): ValidKey[] {
    const { signatures, secretSealed, formerSecretSealed, formerSecretUntil } = endpoint;
    const { keySealed, formerKeySealed, formerKeyUntil } = endpoint;
    const candidates = [
      { version: 'v1', sealed: secretSealed, until: Infinity },
      { version: 'v1', sealed: formerSecretSealed, until: formerSecretUntil?.getTime() ?? 0 },
      { version: 'v1a', sealed: keySealed, until: Infinity },
      { version: 'v1a', sealed: formerKeySealed, until: formerKeyUntil?.getTime() ?? 0 },
    ] as const;
    return candidates.flatMap(({ version, sealed, until }) =>
      sealed !== null && signatures.includes(version)
        ? [{ key: signingKey(this.sealing.open(sealed)), until }]
        : [],
    );
  }
}

/** The last status that says that it was taken. */
function lastTaken(format: PostedTo['format']): number {
  return format === 'vonage' ? 205 : 299;
}

function keptOf(body: Buffer): string {
  // As of a stream: a character whose end is cut off is left out.
  const text = new TextDecoder().decode(body.subarray(0, limits.webhookAnswerKeptBytes), { stream: true });
  return text.replaceAll('\u0000', '\ufffd');
}
