import { randomBytes } from 'node:crypto';
import { isLegacy, type VonageVersion } from '#contracts/vonage/versions.js';

/** One field that is wrong, by its path in the request. */
export interface InvalidParameter {
  readonly name: string;
  readonly reason: string;
}

interface VonageErrorDetails {
  readonly parameters?: readonly InvalidParameter[] | undefined;
  /** ms */
  readonly retryAfter?: number | undefined;
  /** The methods that the path knows. */
  readonly allow?: readonly string[] | undefined;
}

/** An error as Vonage's clients know it: a status, a code with colons, and a text. */
export class VonageError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly details: VonageErrorDetails = {},
  ) {
    super(detail);
    this.name = 'VonageError';
  }

  /**
   * The flat versions say `description`, the later ones are problems (RFC 9457). These say `description` as well: packages before
   * 9.3.1 read no other text.
   */
  toBody(version: VonageVersion): object {
    const { code, message: description } = this;
    const { parameters } = this.details;
    if (isLegacy(version)) {
      const error = Object.fromEntries((parameters ?? []).map(({ name, reason }) => [name, reason]));
      return { code, description, ...(parameters !== undefined && { error }) };
    }
    return {
      type: `https://developer.nexmo.com/api/conversation#${code}`,
      title: titles[this.status] ?? 'Error.',
      code,
      detail: description,
      description,
      instance: randomBytes(16).toString('hex'),
      ...(parameters !== undefined && { invalid_parameters: parameters }),
    };
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request.',
  401: 'Unauthorized.',
  403: 'Forbidden.',
  404: 'Not found.',
  405: 'Method not allowed.',
  409: 'Conflict.',
  413: 'Payload too large.',
  415: 'Unsupported media type.',
  416: 'Range not satisfiable.',
  429: 'Too many requests.',
  500: 'Internal Error.',
  503: 'Service unavailable.',
};
