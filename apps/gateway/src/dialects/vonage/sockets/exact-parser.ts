import { Decoder, Encoder, protocol, type Packet } from 'socket.io-parser';
import { ExactTexts } from '#contracts/vonage/exact-json.js';

/** socket.io's own encoder; what holds exact JSON leaves with that text as it is. */
class ExactEncoder extends Encoder {
  private readonly texts: ExactTexts;

  constructor() {
    const texts = new ExactTexts();
    super((_key: string, value: unknown) => texts.replacer(value));
    this.texts = texts;
  }

  override encode(packet: Packet): unknown[] {
    this.texts.clear();
    return super
      .encode(packet)
      .map((part: unknown) => (typeof part === 'string' ? this.texts.restore(part) : part));
  }
}

/** For the option `parser` of a socket.io server: packets are those of socket.io. */
export const exactParser = { protocol, Encoder: ExactEncoder, Decoder };
