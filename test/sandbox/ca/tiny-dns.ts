// A name server of a few lines for the CA's validation to ask: TXT records, and the ways a name server can be useless.

import { createSocket, type Socket } from 'node:dgram';
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';

const SERVFAIL = 2;
const NXDOMAIN = 3;

export class TinyDns {
  readonly #socket: Socket;
  readonly #txt = new Map<string, string[]>();
  /** Names asked for, lower case, in order. */
  readonly asked: string[] = [];
  mood: 'answers' | 'silent' | 'fails' = 'answers';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (message, from) => {
      const answer = this.#answer(message);
      if (answer !== undefined) socket.send(answer, from.port, from.address);
    });
  }

  static async start(): Promise<TinyDns> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => {
      socket.bind(0, '127.0.0.1', resolve);
    });
    return new TinyDns(socket);
  }

  get server(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** A value longer than 255 bytes goes out in pieces, as TXT data must. */
  addTxt(name: string, value: string): void {
    this.#txt.set(name, [...(this.#txt.get(name) ?? []), value]);
  }

  /** The name is there, with nothing of type TXT. */
  addEmpty(name: string): void {
    this.#txt.set(name, []);
  }

  clear(): void {
    this.#txt.clear();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve);
    });
  }

  #answer(message: Buffer): Buffer | undefined {
    const query = decode(message);
    const question = query.questions?.[0];
    if (question === undefined || this.mood === 'silent') return undefined;
    const name = question.name.toLowerCase();
    this.asked.push(name);
    const values = this.#txt.get(name);
    const found = values === undefined ? NXDOMAIN : 0;
    const answer: Packet = {
      type: 'response',
      ...(query.id === undefined ? {} : { id: query.id }),
      flags: AUTHORITATIVE_ANSWER | (this.mood === 'fails' ? SERVFAIL : found),
      questions: [question],
      answers: this.mood === 'fails' ? [] : (values ?? []).map((value) => txtRecord(question.name, value)),
    };
    return encode(answer);
  }
}

function txtRecord(name: string, value: string): { name: string; type: 'TXT'; ttl: number; data: string[] } {
  return { name, type: 'TXT', ttl: 1, data: value.match(/.{1,255}/gs) ?? [''] };
}
