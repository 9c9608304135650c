// The stand-in for openssl answers what the activation script asks, in openssl's words.

import { createPublicKey } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openssl } from '../../../src/sandbox/ucx/openssl-stand-in.ts';
import { writeCommands } from '../../../src/sandbox/ucx/server-commands.ts';
import { certificatesIn } from '../../../src/sandbox/ucx/service-files.ts';
import type { Leaf } from '../../support/leaves.ts';
import { makeChainedLeaf, type OpenUcx, openUcx, putLive, run, until, visit } from '../../support/ucx-visitor.ts';

let server: OpenUcx;
let leaf: Leaf;
let chainFile: string;
let keyFile: string;

beforeAll(async () => {
  server = await openUcx();
  leaf = await makeChainedLeaf();
  chainFile = join(server.folder, 'chain.pem');
  keyFile = join(server.folder, 'key.pem');
  await writeFile(chainFile, leaf.chainPem);
  await writeFile(keyFile, leaf.keyPem);
});

afterAll(() => server.close());

describe('the stand-in for openssl', () => {
  it('tells the same public key of a certificate and of its private key', async () => {
    const ofCertificate = await openssl(['x509', '-noout', '-pubkey', '-in', chainFile]);
    const ofKey = await openssl(['pkey', '-pubout', '-in', keyFile]);
    expect(ofCertificate.stdout).toBe(createPublicKey(leaf.keyPem).export({ type: 'spki', format: 'pem' }));
    expect(ofKey.stdout).toBe(ofCertificate.stdout);
  });

  it('tells the fingerprint of the first certificate', async () => {
    const { stdout } = await openssl(['x509', '-noout', '-fingerprint', '-sha256', '-in', chainFile]);
    const [label, value = ''] = stdout.trim().split('=');
    expect(label).toBe('SHA256 Fingerprint');
    expect(value.replaceAll(':', '').toLowerCase()).toBe(leaf.fingerprint);
  });

  it('tells the certificates a server sends', async () => {
    await putLive(server, leaf);
    const client = await visit(server);
    await run(client, 'service infinity_one restart');
    client.end();
    await until(() => server.ucx.served() === leaf.fingerprint, 'it serves the new set');
    const to = `127.0.0.1:${server.ucx.sitePort}`;
    const { exitCode, stdout } = await openssl(['s_client', '-connect', to, '-servername', 'x', '-showcerts']);
    expect(exitCode).toBe(0);
    const sent = certificatesIn(stdout).map((certificate) => certificate.fingerprint256);
    expect(sent).toEqual(certificatesIn(leaf.chainPem).map((certificate) => certificate.fingerprint256));
  });

  it('is what the server runs on a machine without openssl, told where InfinityOne really listens', async () => {
    const bin = join(server.folder, 'bin-without');
    await mkdir(bin);
    writeCommands({
      bin,
      spool: server.folder,
      hostname: 'pbx',
      namedSitePort: 21_326,
      sitePort: server.ucx.sitePort,
      webPort: 9,
      diskFullFlag: join(server.folder, 'flag'),
      pushBlockedFlag: join(server.folder, 'push'),
      searchPath: '',
    });
    const command = `${bin}/openssl s_client -connect 127.0.0.1:21326 -servername "a b" -showcerts </dev/null`;
    const client = await visit(server);
    const { exitCode, stdout } = await run(client, command);
    client.end();
    expect(exitCode).toBe(0);
    expect(certificatesIn(stdout)[0]?.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(server.ucx.served());
  });

  it.each([
    { what: 'a file that is not there', args: ['x509', '-noout', '-pubkey', '-in', '/nowhere/at/all'] },
    { what: 'a key that is none', args: ['pkey', '-pubout', '-in', '/dev/null'] },
    { what: 'a port where nothing listens', args: ['s_client', '-connect', '127.0.0.1:1'] },
    { what: 'an option without its value', args: ['x509', '-noout', '-pubkey', '-in'] },
    { what: 'a command it does not have', args: ['enc'] },
  ])('fails for $what', async ({ args }) => {
    const { exitCode, stdout, stderr } = await openssl(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).not.toBe('');
  });
});
