// The peer that runs in this process: acme-client as its README shows it, with its own defaults.

import { globalAgent } from 'node:https';
import * as acme from 'acme-client';
import type { KeyType } from '../src/ports/key-pairs.ts';
import type { TxtServer } from '../test/support/txt-server.ts';
import type { AuthorityOfBench, Issuer } from './issue-world.ts';

export interface AcmeClientOptions {
  readonly keyType: KeyType;
  readonly keys?: readonly string[];
  /** `auto`: its one call; `steps`: its calls one by one. */
  readonly way: 'auto' | 'steps';
}

/** The account stands already when it resolves. Trust in the authority's HTTPS goes where Node's own agent looks for it. */
export async function openAcmeClient(
  authority: AuthorityOfBench,
  dns: TxtServer,
  options: AcmeClientOptions,
): Promise<Issuer> {
  globalAgent.options.ca = [authority.tlsRootPem];
  const accountKey = await acme.crypto.createPrivateEcdsaKey();
  const client = new acme.Client({ directoryUrl: authority.directoryUrl, accountKey });
  await client.createAccount({ termsOfServiceAgreed: true });
  let next = 0;
  const makeCsr = async (name: string) => {
    const prepared = options.keys?.[next % options.keys.length];
    next += 1;
    const key = prepared ?? (await makeKey(options.keyType));
    const [, csr] = await acme.crypto.createCsr({ commonName: name, altNames: [name] }, key);
    return csr;
  };
  const issue = options.way === 'auto' ? issueByAuto : issueBySteps;
  return { name: `acme-client ${options.way}`, issue: async (name) => issue(client, dns, await makeCsr(name), name) };
}

async function makeKey(keyType: KeyType): Promise<Buffer> {
  return keyType === 'rsa-2048' ? await acme.crypto.createPrivateRsaKey() : await acme.crypto.createPrivateEcdsaKey();
}

async function issueByAuto(client: acme.Client, dns: TxtServer, csr: Buffer, name: string): Promise<void> {
  const txtName = `_acme-challenge.${name}`;
  await client.auto({
    csr,
    termsOfServiceAgreed: true,
    challengePriority: ['dns-01'],
    skipChallengeVerification: true,
    challengeCreateFn: async (_authorization, _challenge, value) => dns.setTxt(txtName, [value]),
    challengeRemoveFn: async () => dns.setTxt(txtName, []),
  });
}

async function issueBySteps(client: acme.Client, dns: TxtServer, csr: Buffer, name: string): Promise<void> {
  const txtName = `_acme-challenge.${name}`;
  const order = await client.createOrder({ identifiers: [{ type: 'dns', value: name }] });
  for (const authorization of await client.getAuthorizations(order)) {
    const challenge = authorization.challenges.find(({ type }) => type === 'dns-01');
    if (challenge === undefined) throw new Error('no dns-01');
    dns.setTxt(txtName, [await client.getChallengeKeyAuthorization(challenge)]);
    await client.completeChallenge(challenge);
    await client.waitForValidStatus(challenge);
  }
  const finalized = await client.finalizeOrder(order, csr);
  await client.getCertificate(finalized);
  dns.setTxt(txtName, []);
}
