import { HooklineError } from '#contracts/errors.js';

/** Whether a client may do anything: its token may turn out to be revoked when its session is to be stored. */
export class Enrolment {
  private readonly outcome = Promise.withResolvers<undefined>();

  constructor() {
    // Whether anybody waits for it or not.
    this.outcome.promise.catch(() => undefined);
  }

  /** Resolves when the session is stored; rejects with the reason why it is not. */
  get stored(): Promise<unknown> {
    return this.outcome.promise;
  }

  async decide<Answer>(opening: Promise<Answer>): Promise<Answer> {
    try {
      const answer = await opening;
      this.outcome.resolve(undefined);
      return answer;
    } catch (error) {
      this.refuse(publicError(error));
      throw error;
    }
  }

  /** Of no consequence when it has been decided. */
  refuse(reason: HooklineError): void {
    this.outcome.reject(reason);
  }
}

/** An error as a client may see it. */
export function publicError(error: unknown): HooklineError {
  return error instanceof HooklineError ? error : new HooklineError('internal_error');
}
