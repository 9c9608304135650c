// An ACME client for tests that says exactly what it is told to, lies included; the right thing wherever nothing is told.

import { constants, createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Agent, request } from 'node:https';
import type { SandboxCa } from '../../../src/sandbox/ca/sandbox-ca.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** All values of `Link`. */
  readonly links: readonly string[];
  readonly text: string;
  /** The body as JSON; an empty object if it is none. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The ACME error type without its prefix. */
  readonly errorType: string | undefined;
}

/** All that a client has to know. */
export type ReachableCa = Pick<SandboxCa, 'directoryUrl' | 'tlsRootPem'>;

type Headers = Readonly<Record<string, string | undefined>>;

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

type Jws = Readonly<Record<'protected' | 'payload' | 'signature', string>>;

/** Everything of a signed request that can be something else. */
export interface Lies {
  readonly header?: Readonly<Record<string, unknown>>;
  /** Names taken out of the protected header. */
  readonly without?: readonly string[];
  readonly signWith?: KeyPair;
  readonly hmac?: boolean;
  readonly signature?: string;
  readonly contentType?: string;
  readonly userAgent?: string | undefined;
  readonly body?: (jws: Readonly<Record<string, unknown>>) => unknown;
  readonly method?: string;
}

export class RawAcme {
  readonly #ca: ReachableCa;
  readonly #agent = new Agent({ keepAlive: true });
  readonly key: KeyPair;
  accountUrl: string | undefined;
  #spare: string | undefined;

  constructor(ca: ReachableCa, key: KeyPair = newEcKey()) {
    this.#ca = ca;
    this.key = key;
  }

  get origin(): string {
    return new URL(this.#ca.directoryUrl).origin;
  }

  get jwk(): object {
    return this.key.publicKey.export({ format: 'jwk' });
  }

  /** Makes the account if it is not there. */
  async register(contact: readonly string[] = ['mailto:ops@northwind.test']): Promise<RawAnswer> {
    const answer = await this.post(`${this.origin}/new-account`, { termsOfServiceAgreed: true, contact });
    this.accountUrl = answer.headers.location;
    return answer;
  }

  order(...names: readonly string[]): Promise<RawAnswer> {
    return this.orderWith({}, ...names);
  }

  /** `more`: what else stands in newOrder. */
  orderWith(more: object, ...names: readonly string[]): Promise<RawAnswer> {
    const identifiers = names.map((value) => ({ type: 'dns', value }));
    return this.post(`${this.origin}/new-order`, { identifiers, ...more });
  }

  /** POST-as-GET. */
  read(url: unknown): Promise<RawAnswer> {
    return this.post(String(url), '');
  }

  async nonce(): Promise<string> {
    const { headers } = await this.send('HEAD', `${this.origin}/new-nonce`, undefined, {});
    return headers['replay-nonce'] ?? '';
  }

  /** After the CA was started again, which makes all nonces bad. */
  forgetNonce(): void {
    this.#spare = undefined;
  }

  /** The value that proves control, for TXT. */
  txtValue(token: unknown): string {
    const { crv, kty, x, y } = this.jwk as Record<string, string>;
    const thumbprint = sha256(JSON.stringify({ crv, kty, x, y }));
    return sha256(`${token}.${thumbprint}`);
  }

  async post(url: string, payload: unknown, lies: Lies = {}): Promise<RawAnswer> {
    const isNewAccount = url.endsWith('/new-account');
    const signer = isNewAccount || this.accountUrl === undefined ? { jwk: this.jwk } : { kid: this.accountUrl };
    const header: Record<string, unknown> = {
      alg: 'ES256',
      nonce: await this.#takeNonce(),
      url,
      ...signer,
      ...lies.header,
    };
    for (const name of lies.without ?? []) delete header[name];
    const jws = this.signed(header, payload, lies);
    const body = lies.body === undefined ? JSON.stringify(jws) : String(lies.body(jws));
    const answer = await this.send(lies.method ?? 'POST', url, body, {
      'content-type': lies.contentType ?? 'application/jose+json',
      ...('userAgent' in lies ? { 'user-agent': lies.userAgent } : {}),
    });
    this.#spare = answer.headers['replay-nonce'];
    return answer;
  }

  /** A flattened JWS by this client's key. */
  signed(header: object, payload: unknown, lies: Pick<Lies, 'signature' | 'signWith' | 'hmac'> = {}): Jws {
    const parts = { protected: encoded(header), payload: payload === '' ? '' : encoded(payload) };
    return { ...parts, signature: lies.signature ?? this.#sign(`${parts.protected}.${parts.payload}`, lies) };
  }

  send(method: string, url: string, body: string | undefined, headers: Headers): Promise<RawAnswer> {
    const wanted: Headers = { 'user-agent': 'raw', ...headers };
    const sent = Object.entries(wanted).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    return new Promise((resolve, reject) => {
      const options = {
        method,
        headers: Object.fromEntries(sent),
        ca: this.#ca.tlsRootPem,
        agent: this.#agent,
        timeout: 5_000,
      };
      const call = request(url, options, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const names = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
          const text = Buffer.concat(pieces).toString('utf8');
          const links = response.headersDistinct.link ?? [];
          resolve(answerOf(response.statusCode ?? 0, Object.fromEntries(names), links, text));
        });
      });
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', reject);
      call.end(method === 'GET' ? undefined : body);
    });
  }

  /** That of the last answer, if there was one. */
  async #takeNonce(): Promise<string> {
    const spare = this.#spare ?? (await this.nonce());
    this.#spare = undefined;
    return spare;
  }

  #sign(text: string, lies: Pick<Lies, 'signWith' | 'hmac'>): string {
    if (lies.hmac) return createHmac('sha256', 'secret').update(text).digest('base64url');
    const { privateKey } = lies.signWith ?? this.key;
    if (privateKey.asymmetricKeyType === 'rsa') {
      return sign('sha256', Buffer.from(text), { key: privateKey, padding: constants.RSA_PKCS1_PADDING }).toString(
        'base64url',
      );
    }
    return sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  }
}

export function newEcKey(namedCurve = 'P-256'): KeyPair {
  return generateKeyPairSync('ec', { namedCurve });
}

function answerOf(status: number, headers: RawAnswer['headers'], links: readonly string[], text: string): RawAnswer {
  const json = parsed(text);
  const type = headers['content-type'] === 'application/problem+json' ? String(json.type) : undefined;
  return { status, headers, links, text, json, errorType: type?.replace('urn:ietf:params:acme:error:', '') };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
