import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A name server that lies as it is told to: it knows every name, and answers with whatever address comes next. */
export class NameServer {
  private constructor(
    private readonly socket: Socket,
    /** Of IPv4; the last one stays. */
    private addresses: readonly string[],
  ) {}

  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4');
    const server = new NameServer(socket, []);
    socket.on('message', (question, { port, address }) => {
      socket.send(server.answerTo(question), port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  /** As `address:port`. */
  get address(): string {
    return `127.0.0.1:${String(this.socket.address().port)}`;
  }

  answerWith(...addresses: string[]): void {
    this.addresses = addresses;
  }

  close(): void {
    this.socket.close();
  }

  /** RFC 1035: a header of 12 bytes, the question with its name in labels, its type and class, then the answer. */
  private answerTo(question: Buffer): Buffer {
    const nameEnd = question.indexOf(0, 12);
    const asked = question.subarray(12, nameEnd + 5);
    const asksForFour = question.readUInt16BE(nameEnd + 1) === 1;
    const [address] = asksForFour ? this.addresses : [];
    if (asksForFour && this.addresses.length > 1) this.addresses = this.addresses.slice(1);
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    for (const [place, count] of [1, address === undefined ? 0 : 1, 0, 0].entries())
      header.writeUInt16BE(count, 4 + 2 * place);
    const numbers = address?.split('.').map(Number) ?? [];
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...numbers]);
    return Buffer.concat([header, asked, ...(address === undefined ? [] : [record])]);
  }
}
