// A CA with name servers of its own in a folder of its own, and certificates obtained from it with acme-client.

import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as acme from 'acme-client';
import { onTestFinished } from 'vitest';
import type { CaDials } from '../../../src/sandbox/ca/ca-dials.ts';
import { type CaRequestSeen, SandboxCa } from '../../../src/sandbox/ca/sandbox-ca.ts';
import { RawAcme } from './raw-acme.ts';
import { TinyDns } from './tiny-dns.ts';

/** Nothing left to luck and nothing to wait for. */
export const calm: Partial<CaDials> = {
  refuseNonces: 0,
  reuseAuthorizations: 0,
  validationDelayMs: [0, 0],
  finalizeDelayMs: [0, 0],
  earlyWindows: 0,
};

export interface CaUnderTest {
  readonly ca: SandboxCa;
  readonly dns: TinyDns;
  readonly folder: string;
  readonly clock: { now: Date };
  readonly seen: CaRequestSeen[];
  /** A client with an account. */
  readonly client: RawAcme;
  /** Ends the CA and starts it again over the same folder. */
  restart(): Promise<SandboxCa>;
  close(): Promise<void>;
}

export interface CaUnderTestOptions {
  readonly dials?: Partial<CaDials>;
  /** Besides the one that is there. */
  readonly moreServers?: readonly string[];
}

/** For one test, and gone after it. */
export async function openCa(options: CaUnderTestOptions = {}): Promise<CaUnderTest> {
  const opened = await openCaForAll(options);
  onTestFinished(() => opened.close());
  return opened;
}

/** For tests that leave it as it is; whoever opens it closes it. */
export async function openCaForAll({ dials = {}, moreServers = [] }: CaUnderTestOptions = {}): Promise<CaUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-ca-'));
  const dns = await TinyDns.start();
  const clock = { now: new Date() };
  const seen: CaRequestSeen[] = [];
  const start = (): Promise<SandboxCa> =>
    SandboxCa.start({
      folder,
      dnsServers: [dns.server, ...moreServers],
      dials: calm,
      now: () => clock.now,
      onRequest: (request) => seen.push(request),
    });
  let ca = await start();
  const close = async (): Promise<void> => {
    await ca.close();
    await dns.close();
    await rm(folder, { recursive: true, force: true });
  };
  const client = new RawAcme(ca);
  const restart = async (): Promise<SandboxCa> => {
    await ca.close();
    ca = await start();
    ca.turn(dials);
    client.forgetNonce();
    return ca;
  };
  await client.register();
  ca.turn(dials);
  return { ca, dns, folder, clock, seen, client, restart, close };
}

/** An acme-client with an account key of its own, that trusts the CA's HTTPS and polls without pauses. */
export async function acmeClient(ca: SandboxCa, accountKey?: Buffer): Promise<acme.Client> {
  acme.axios.defaults.httpsAgent = new Agent({ ca: ca.tlsRootPem });
  acme.axios.defaults.timeout = 5_000;
  return new acme.Client({
    directoryUrl: ca.directoryUrl,
    accountKey: accountKey ?? (await acme.crypto.createPrivateEcdsaKey()),
    backoffMin: 25,
    backoffMax: 200,
    backoffAttempts: 20,
  });
}

export interface Obtained {
  readonly order: acme.Order;
  readonly chain: string;
  readonly keyPem: string;
  /** Challenges that had to be answered. */
  readonly answered: number;
}

/** The whole way with the calls of acme-client, dns-01 only; `keyPem` is made if none is given. */
export async function obtain(
  client: acme.Client,
  dns: TinyDns,
  names: readonly string[],
  keyPem?: Buffer,
): Promise<Obtained> {
  const order = await client.createOrder({ identifiers: names.map((value) => ({ type: 'dns', value })) });
  const pending = (await client.getAuthorizations(order)).filter(({ status }) => status === 'pending');
  for (const authorization of pending) {
    const challenge = authorization.challenges.find(({ type }) => type === 'dns-01');
    if (challenge === undefined) throw new Error('no dns-01 is offered');
    const value = await client.getChallengeKeyAuthorization(challenge);
    dns.addTxt(`_acme-challenge.${authorization.identifier.value}`, value);
    await client.completeChallenge(challenge);
    await client.waitForValidStatus(challenge);
  }
  const [key, csr] = await acme.crypto.createCsr(
    { altNames: [...names] },
    keyPem ?? (await acme.crypto.createPrivateEcdsaKey()),
  );
  const finalized = await client.finalizeOrder(order, csr);
  if (finalized.status !== 'valid') await client.waitForValidStatus(order);
  const chain = await client.getCertificate(await client.getOrder(order));
  return { order, chain, keyPem: key.toString(), answered: pending.length };
}
