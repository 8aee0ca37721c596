/** An error as LeanCloud's clients know it: any status but 2xx, with a number and a text. */
export class LeanCloudError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    detail: string,
    readonly details: LeanCloudErrorDetails = {},
  ) {
    super(detail);
    this.name = 'LeanCloudError';
  }

  toBody(): LeanCloudErrorBody {
    return { code: this.code, error: this.message, ...this.details.hook };
  }
}

interface LeanCloudErrorDetails {
  readonly hook?: HookSaid | undefined;
  /** ms */
  readonly retryAfter?: number | undefined;
  /** The methods that the path knows. */
  readonly allow?: readonly string[] | undefined;
}

/** What a hook said when it refused it. */
interface HookSaid {
  readonly appCode: number;
  readonly appMsg: string;
}

export interface LeanCloudErrorBody extends Partial<HookSaid> {
  readonly code: number;
  readonly error: string;
}
