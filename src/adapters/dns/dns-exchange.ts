// One question to one DNS server and its answer, over UDP and, when that is cut short, over TCP.

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import * as dnsPacket from 'dns-packet';

export interface DnsEndpoint {
  /** An IP address literal. */
  readonly address: string;
  readonly port: number;
}

export interface DnsQuestion {
  readonly name: string;
  readonly type: dnsPacket.RecordType;
  /** As one asks a resolver; an authoritative server is asked without any. */
  readonly recursion?: Recursion;
}

/** `checking`: the resolver validates, and fails where signatures do not hold. `unchecked`: it answers what it finds (RFC 4035, 3.2.2). */
export type Recursion = 'checking' | 'unchecked';

/** The size that passes everywhere without fragments (DNS flag day 2020, https://www.dnsflagday.net/2020/). */
const UDP_BYTES = 1232;

const RCODE_MASK = 0x000f;
const LENGTH_BYTES = 2;

export interface DnsReply {
  readonly authoritative: boolean;
  /** RFC 1035, 4.1.1: 0 no error, 2 server failure, 3 no such name. */
  readonly rcode: number;
  readonly answers: readonly dnsPacket.Answer[];
}

/** Undefined when no fitting answer came within `timeoutMs`, which covers UDP and TCP together; whatever the network does. */
export async function exchange(
  endpoint: DnsEndpoint,
  question: DnsQuestion,
  timeoutMs: number,
): Promise<DnsReply | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  const query = queryFor(question);
  const overUdp = await firstFitting(query, (take) => askOverUdp(endpoint, query, take), signal);
  if (!overUdp?.flag_tc) return overUdp && replyOf(overUdp);
  const overTcp = await firstFitting(query, (take) => askOverTcp(endpoint, query, take), signal);
  return overTcp && replyOf(overTcp);
}

/** The message and how to tell its answer from anything else that comes to the port. */
interface Query {
  readonly message: Buffer;
  readonly id: number;
  readonly question: DnsQuestion;
}

function queryFor(question: DnsQuestion): Query {
  // Not to be guessed: an off-path answer must not make a record look visible (RFC 5452, 4.3).
  const id = randomInt(0x10000);
  const opt: dnsPacket.OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_BYTES,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: question.recursion === undefined ? 0 : dnsPacket.DNSSEC_OK,
    flag_do: question.recursion !== undefined,
    options: [],
  };
  const { name, type } = question;
  const flags = flagsFor(question.recursion);
  const message = dnsPacket.encode({ type: 'query', id, flags, questions: [{ name, type }], additionals: [opt] });
  return { message, id, question };
}

function flagsFor(recursion: Recursion | undefined): number {
  if (recursion === undefined) return 0;
  return dnsPacket.RECURSION_DESIRED | (recursion === 'unchecked' ? dnsPacket.CHECKING_DISABLED : 0);
}

function fitting(message: Buffer, query: Query): dnsPacket.DecodedPacket | undefined {
  try {
    const packet = dnsPacket.decode(message);
    const asked = packet.questions?.[0];
    const same = asked?.name.toLowerCase() === query.question.name.toLowerCase() && asked.type === query.question.type;
    return packet.flag_qr && packet.id === query.id && same ? packet : undefined;
  } catch {
    return undefined;
  }
}

type Take = (message: Buffer | undefined) => void;

/** Runs `ask`, which hands messages to `take` (undefined = it is over) and answers with how to stop. */
function firstFitting(
  query: Query,
  ask: (take: Take) => () => void,
  signal: AbortSignal,
): Promise<dnsPacket.DecodedPacket | undefined> {
  return new Promise((resolve) => {
    const end = (packet: dnsPacket.DecodedPacket | undefined) => {
      signal.removeEventListener('abort', onAbort);
      stop();
      resolve(packet);
    };
    const onAbort = () => end(undefined);
    const stop = ask((message) => {
      const packet = message && fitting(message, query);
      if (packet || !message) end(packet);
    });
    if (signal.aborted) return end(undefined);
    signal.addEventListener('abort', onAbort);
  });
}

function askOverUdp(endpoint: DnsEndpoint, { message }: Query, take: Take): () => void {
  const socket = createSocket(endpoint.address.includes(':') ? 'udp6' : 'udp4');
  let open = true;
  const stop = () => {
    if (open) socket.close();
    open = false;
  };
  socket.on('error', () => open && take(undefined));
  socket.on('message', (answer) => open && take(answer));
  // Connected, so that the kernel drops what does not come from the server asked.
  socket.connect(endpoint.port, endpoint.address, () => {
    if (open) socket.send(message);
  });
  return stop;
}

function askOverTcp(endpoint: DnsEndpoint, { message }: Query, take: Take): () => void {
  const socket = connect(endpoint.port, endpoint.address);
  let held: Buffer = Buffer.alloc(0);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(message.length);
  socket.on('connect', () => socket.write(Buffer.concat([length, message])));
  socket.on('error', () => take(undefined));
  socket.on('close', () => take(undefined));
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    const whole = held.length >= LENGTH_BYTES && held.length >= LENGTH_BYTES + held.readUInt16BE(0);
    if (!whole) return;
    take(held.subarray(LENGTH_BYTES, LENGTH_BYTES + held.readUInt16BE(0)));
    // One answer is all we asked for: whoever sends more is not listened to.
    take(undefined);
  });
  return () => socket.destroy();
}

function replyOf(packet: dnsPacket.DecodedPacket): DnsReply {
  return {
    authoritative: packet.flag_aa,
    rcode: (packet.flags ?? 0) & RCODE_MASK,
    answers: packet.answers ?? [],
  };
}
