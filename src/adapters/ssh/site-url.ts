// What InfinityOne says its own address is: asked without a login, through the SSH connection, from its loopback.

import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { cleaned } from './shell-words.ts';

const MAX_BYTES = 64 * 1024;
const MAX_URL_LENGTH = 300;

export interface SiteQuestion {
  readonly dial: () => Promise<Duplex>;
  /** For SNI; absent: none is sent. */
  readonly name: string | undefined;
  readonly timeoutMs: number;
}

/**
 * `Site_Url` of `GET /api/v1/settings.public`, or `realm_uri` of the older `GET /api/v1/server_settings` (facts/appliance.md, section 2).
 * Undefined when it does not answer or says something else. Nothing is trusted: the certificate may be the factory's.
 */
export async function siteUrl(question: SiteQuestion): Promise<string | undefined> {
  const settings = await ask(question, '/api/v1/settings.public');
  return find(settings, 'Site_Url') ?? find(await ask(question, '/api/v1/server_settings'), 'realm_uri');
}

async function ask(question: SiteQuestion, path: string): Promise<unknown> {
  let stream: Duplex | undefined;
  try {
    stream = await question.dial();
    return JSON.parse(await get(stream, path, question));
  } catch {
    return undefined;
  } finally {
    stream?.destroy();
  }
}

function get(stream: Duplex, path: string, { name, timeoutMs }: SiteQuestion): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request({
      host: name ?? 'localhost',
      path,
      signal,
      headers: { connection: 'close' },
      createConnection: () =>
        connect({ socket: stream, rejectUnauthorized: false, ...(name === undefined ? {} : { servername: name }) }),
    });
    stream.on('error', reject);
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MAX_BYTES) sent.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    sent.end();
  });
}

/** Settings come as a list of `{ _id, value }`, at the top or under `settings`, or as plain fields. */
function find(answer: unknown, id: string): string | undefined {
  if (!isRecord(answer)) return undefined;
  const list = Array.isArray(answer) ? answer : answer.settings;
  const entries = Array.isArray(list) ? list.filter(isRecord) : [];
  const value = entries.find((entry) => [entry._id, entry.id, entry.name].includes(id))?.value ?? answer[id];
  if (typeof value !== 'string') return undefined;
  const url = cleaned(value, MAX_URL_LENGTH);
  return url === '' ? undefined : url;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
