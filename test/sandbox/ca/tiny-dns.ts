// A name server of a few lines for the CA's validation to ask: TXT and CAA records, and the ways a name server can be useless.

import { createSocket, type Socket } from 'node:dgram';
import { type Answer, AUTHORITATIVE_ANSWER, type CaaData, decode, encode, type Packet } from 'dns-packet';

const SERVFAIL = 2;
const NXDOMAIN = 3;
const REFUSED = 5;

/** Also with tags that nobody has defined. */
export interface CaaSaid {
  readonly flags: number;
  readonly tag: string;
  readonly value: string;
}

export class TinyDns {
  readonly #socket: Socket;
  readonly #txt = new Map<string, string[]>();
  readonly #caa = new Map<string, CaaSaid[]>();
  /** Names asked for with type TXT, lower case, in order. */
  readonly asked: string[] = [];
  /** The same for CAA. */
  readonly askedCaa: string[] = [];
  /** Names whose CAA it does not tell: SERVFAIL, or REFUSED as for what is not its own. */
  readonly caaFails = new Map<string, 'SERVFAIL' | 'REFUSED'>();
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

  addCaa(name: string, data: CaaSaid): void {
    this.#caa.set(name, [...(this.#caa.get(name) ?? []), data]);
  }

  clear(): void {
    this.#txt.clear();
    this.#caa.clear();
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
    const isCaa = question.type === 'CAA';
    (isCaa ? this.askedCaa : this.asked).push(name);
    const answers = isCaa
      ? this.#caa
          .get(name)
          ?.map((data): Answer => ({ name: question.name, type: 'CAA', ttl: 1, data: data as CaaData }))
      : this.#txt.get(name)?.map((value) => txtRecord(question.name, value));
    const code = this.#codeFor(name, { isCaa, isFound: answers !== undefined });
    const answer: Packet = {
      type: 'response',
      ...(query.id === undefined ? {} : { id: query.id }),
      flags: AUTHORITATIVE_ANSWER | code,
      questions: [question],
      answers: code === 0 ? (answers ?? []) : [],
    };
    return encode(answer);
  }

  #codeFor(name: string, { isCaa, isFound }: { readonly isCaa: boolean; readonly isFound: boolean }): number {
    if (this.mood === 'fails') return SERVFAIL;
    const failure = isCaa ? this.caaFails.get(name) : undefined;
    if (failure !== undefined) return failure === 'SERVFAIL' ? SERVFAIL : REFUSED;
    return isFound ? 0 : NXDOMAIN;
  }
}

function txtRecord(name: string, value: string): Answer {
  return { name, type: 'TXT', ttl: 1, data: value.match(/.{1,255}/gs) ?? [''] };
}
