// AcmeAuthorities keeps the contract against Pebble, which somebody else wrote and which refuses one nonce in five.

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcmeAuthorities } from '../../../src/adapters/acme/acme-authorities.ts';
import { makeCsr } from '../../../src/adapters/acme/csr.ts';
import { authorityContract } from '../../contracts/authority.ts';
import { loopbackNetwork } from '../../support/loopback-network.ts';
import { newAccountKey } from '../../support/order-driver.ts';
import { type Pebble, startPebble } from '../../support/pebble.ts';
import { startTxtServer, type TxtServer } from '../../support/txt-server.ts';

describe('AcmeAuthorities against Pebble', () => {
  let dns: TxtServer;
  let pebble: Pebble;

  beforeAll(async () => {
    dns = await startTxtServer();
    pebble = await startPebble({ dnsServer: dns.address, nonceRejectPercent: 20 });
  });

  afterAll(async () => {
    await pebble?.close();
    await dns?.close();
  });

  authorityContract(async () => {
    const { directoryUrl, tlsRootPem, issuingRootPem } = pebble;
    const settings = { pebble: { directoryUrl, roots: [tlsRootPem] } };
    return {
      authorities: new AcmeAuthorities({ network: loopbackNetwork, settings }),
      authorityId: 'pebble',
      setTxt: dns.setTxt,
      rootPem: issuingRootPem,
      caaIdentities: [],
      close: async () => undefined,
    };
  });

  it('is refused nonces now and then, and has its account all the same', async () => {
    const { directoryUrl, tlsRootPem } = pebble;
    const settings = { pebble: { directoryUrl, roots: [tlsRootPem] } };
    const authorities = new AcmeAuthorities({ network: loopbackNetwork, settings });
    const said = (what: RegExp) => pebble.output().match(what)?.length ?? 0;
    const refusals = () => said(/POST \/sign-me-up/g) - said(/There are now \d+ accounts/g);
    const before = refusals();
    for (let made = 0; made < 200 && refusals() === before; made += 1) {
      const authority = await authorities.open('pebble', { key: newAccountKey(), accountUrl: undefined });
      await authority.ensureAccount();
    }
    expect(refusals()).toBeGreaterThan(before);
  });
});

describe('makeCsr against openssl', () => {
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const long = `${'a'.repeat(60)}.northwind.test`;

  it.each([
    {
      what: 'RSA-2048',
      key: rsa,
      names: ['pbx.northwind.test', '*.northwind.test'],
      subject: 'CN = pbx.northwind.test',
    },
    {
      what: 'EC P-256',
      key: ec,
      names: ['*.northwind.test', 'pbx.northwind.test'],
      subject: 'CN = pbx.northwind.test',
    },
    { what: 'a name over 64 characters', key: ec, names: [long], subject: '' },
  ])('is read and verified: $what', async ({ key, names, subject }) => {
    const input = await makeCsr(key, names);
    const shown = execFileSync('openssl', ['req', '-verify', '-noout', '-text', '-nameopt', 'oneline'], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    expect(/Subject:(.*)/.exec(shown)?.[1]?.trim()).toBe(subject);
    for (const name of names) expect(shown).toContain(`DNS:${name}`);
    expect(shown).not.toContain('Extended Key Usage');
    expect(shown).toMatch(/Signature Algorithm: (ecdsa-with-SHA256|sha256WithRSAEncryption)/);
  });
});
