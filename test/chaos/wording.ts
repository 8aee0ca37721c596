import type { MessageHookAnswer } from '#contracts/hooks/answers.js';
import type { MessageReceivedRequest } from '#contracts/hooks/requests.js';
import type { MessageContent } from '#contracts/message-content.js';

/** What the rewriting hook does with a message; it can be read in the message itself. */
export type Treatment = 'rewrite' | 'narrow' | 'drop' | 'reject';

export const rejectionCode = 4711;

/** Texts of a run: what senders write, which nobody else may ever see, and what the hook makes of it. */
export class Wording {
  /** Stands in every text that is sent, and may stand nowhere else. */
  readonly rawWord: string;

  constructor(seed: number) {
    this.rawWord = `rawsecret${(seed >>> 0).toString(36)}x`;
  }

  raw(id: string, treatment: Treatment): string {
    return `${this.rawWord} ${id} ${treatment}`;
  }

  clean(id: string, treatment: Treatment): string {
    return `clean ${id} ${treatment}`;
  }

  decide({ event, recipients }: MessageReceivedRequest): MessageHookAnswer {
    const [, id = '', treatment] = textOf(event.content).split(' ');
    switch (treatment as Treatment) {
      case 'rewrite':
        return { content: this.rewritten(event.content, id, 'rewrite') };
      case 'narrow':
        return { content: this.rewritten(event.content, id, 'narrow'), recipients: narrowed(recipients) };
      case 'drop':
        return { action: 'drop' };
      case 'reject':
        return { action: 'reject', code: rejectionCode, detail: 'refused' };
    }
  }

  private rewritten(content: MessageContent, id: string, treatment: Treatment): MessageContent {
    const text = this.clean(id, treatment);
    return content.type === 'text' ? { type: 'text', text } : { type: 'json', json: { text } };
  }
}

/** The first half, which is never everybody. */
function narrowed(recipients: readonly string[]): string[] {
  return recipients.toSorted().slice(0, Math.floor(recipients.length / 2));
}

/** The text in a message's content or in a custom event's data. */
export function textOf(content: unknown): string {
  const { text, json } = content as { text?: string; json?: { text?: string } };
  return text ?? json?.text ?? '';
}
