// Answers one DNS message with one DNS message, whatever was sent (RFC 1035, 4; RFC 6891).

import * as dnsPacket from 'dns-packet';
import { answersOf } from './record-data.ts';
import { plainName, type RecordSet } from './record-set.ts';
import type { LookupAnswer } from './zone-lookup.ts';

export type LookUp = (name: string, type: string) => LookupAnswer;

const HEADER_BYTES = 12;
const RESPONSE = 0x8000;
const OPCODE_MASK = 0x7800;

/** RFC 1035, 4.2.1: what fits into a UDP message when the asker does not say more. */
const PLAIN_UDP_BYTES = 512;

/** The most this server sends over UDP, whatever the asker offers. */
const UDP_BYTES = 4096;

const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** RFC 6891, 6.1.3: BADVERS is 16; its upper eight bits travel in the OPT record. */
const BADVERS_UPPER_BITS = 1;

/** Undefined when nothing should be answered: no header, or itself an answer. Never throws. */
export function answerMessage(message: Buffer, transport: 'udp' | 'tcp', lookUp: LookUp): Buffer | undefined {
  if (message.length < HEADER_BYTES || (message.readUInt16BE(2) & RESPONSE) !== 0) return undefined;
  if ((message.readUInt16BE(2) & OPCODE_MASK) !== 0) return headerOnly(message, rcodes.NOTIMP);
  const query = readQuery(message);
  return query ? answerQuery(query, transport, lookUp) : headerOnly(message, rcodes.FORMERR);
}

interface Query {
  readonly id: number;
  readonly recursionDesired: number;
  readonly question: dnsPacket.Question;
  readonly edns: dnsPacket.OptAnswer | undefined;
}

function readQuery(message: Buffer): Query | undefined {
  try {
    const packet = dnsPacket.decode(message);
    const [question, ...more] = packet.questions ?? [];
    const options = (packet.additionals ?? []).filter((answer) => answer.type === 'OPT');
    if (!question || more.length > 0 || options.length > 1 || !canBeEchoed(question, message)) return undefined;
    const recursionDesired = (packet.flags ?? 0) & dnsPacket.RECURSION_DESIRED;
    return { id: packet.id ?? 0, recursionDesired, question, edns: options[0] };
  } catch {
    return undefined;
  }
}

/** The decoder joins labels with dots: a label that holds a dot, or bytes that are not text, would come back as another name. */
function canBeEchoed(question: dnsPacket.Question, message: Buffer): boolean {
  const again = dnsPacket.encode({ type: 'query', questions: [question] }).subarray(HEADER_BYTES);
  return message.subarray(HEADER_BYTES, HEADER_BYTES + again.length).equals(again);
}

function answerQuery(query: Query, transport: 'udp' | 'tcp', lookUp: LookUp): Buffer {
  const { question, edns } = query;
  if (edns && edns.ednsVersion > 0) return encoded(query, { rcode: rcodes.NOERROR, extendedRcode: BADVERS_UPPER_BITS });
  if (question.class !== 'IN') return encoded(query, { rcode: rcodes.REFUSED });

  const asked = plainName(question.name);
  const found = lookUp(asked, question.type);
  const named = (sets: readonly RecordSet[]) =>
    sets.flatMap((set) => answersOf(set, set.name === asked ? question.name : set.name));
  const flags = found.authoritative ? dnsPacket.AUTHORITATIVE_ANSWER : 0;
  const rcode = rcodes[found.rcode];
  const whole = encoded(query, { rcode, flags, answers: named(found.answers), authorities: named(found.authorities) });
  const limit = transport === 'tcp' ? 0xffff : udpLimit(edns);
  if (whole.length <= limit) return whole;
  return encoded(query, { rcode, flags: flags | dnsPacket.TRUNCATED_RESPONSE });
}

function udpLimit(edns: dnsPacket.OptAnswer | undefined): number {
  return Math.min(UDP_BYTES, Math.max(PLAIN_UDP_BYTES, edns?.udpPayloadSize ?? 0));
}

interface Content {
  readonly rcode: number;
  readonly flags?: number;
  readonly extendedRcode?: number;
  readonly answers?: dnsPacket.Answer[];
  readonly authorities?: dnsPacket.Answer[];
}

function encoded(
  query: Query,
  { rcode, flags = 0, extendedRcode = 0, answers = [], authorities = [] }: Content,
): Buffer {
  const opt: dnsPacket.OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_BYTES,
    extendedRcode,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return dnsPacket.encode({
    type: 'response',
    id: query.id,
    flags: flags | query.recursionDesired | rcode,
    questions: [query.question],
    answers,
    authorities,
    additionals: query.edns ? [opt] : [],
  });
}

function headerOnly(message: Buffer, rcode: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  message.copy(header, 0, 0, 2);
  const kept = message.readUInt16BE(2) & (OPCODE_MASK | dnsPacket.RECURSION_DESIRED);
  header.writeUInt16BE(RESPONSE | kept | rcode, 2);
  return header;
}
