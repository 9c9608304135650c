// The production Probes against real handshakes: honest, broken and hostile servers.

import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { TlsProbes } from '../../../src/adapters/tls/tls-probes.ts';
import { Problem } from '../../../src/domain/problem.ts';
import type { Network } from '../../../src/ports/network.ts';
import type { ServedChain, Sighting } from '../../../src/ports/probes.ts';
import { probesContract, type Serving } from '../../contracts/probes.ts';
import { type Issuer, type LeafOptions, makeRoot, makeSelfSigned } from '../../support/leaves.ts';
import { dialAsChannel, startRawServer, startTlsServer, type TestServer } from '../../support/tls-server.ts';

const NAME = 'pbx.northwind.test';
const DAY_MS = 86_400_000;
/** The key of a session is sent to the server's RSA key: whoever has that later reads everything. */
const STATIC_KEYS: TlsOptions = { ciphers: 'AES128-GCM-SHA256', maxVersion: 'TLSv1.2' };
const servers: TestServer[] = [];

/** Every name leads to this machine. */
const loopback: Network = {
  async connect({ port }) {
    const socket = connect({ host: '127.0.0.1', port });
    return await new Promise<Duplex>((resolve, reject) => {
      socket.once('error', (error) =>
        reject(new Problem('server-unreachable', `"${NAME}" port ${port} ${error.message}`)),
      );
      socket.once('connect', () => resolve(socket));
    });
  },
};

afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => await server.close()));
});

describe('TlsProbes', () => {
  probesContract(async () => {
    const root = await makeRoot();
    const options = { network: loopback, roots: [root.pem] };
    return {
      probes: new TlsProbes({ ...options, timeoutMs: 5_000 }),
      impatient: new TlsProbes({ ...options, timeoutMs: 100 }),
      async serve(how) {
        const issuer = await (how === 'foreign-root' ? await makeRoot() : root).intermediate();
        const leaf = await issuer.leaf(leafOptions(how));
        const cert = how === 'without-intermediate' || how === 'foreign-root' ? leaf.leafPem : leaf.chainPem;
        const server = await startServer(how, {
          key: leaf.keyPem,
          cert,
          ...(how === 'static-keys' ? STATIC_KEYS : {}),
        });
        const streams: Duplex[] = [];
        return {
          endpoint: { name: NAME, port: server.port },
          fingerprint: leaf.fingerprint,
          certificates: cert === leaf.leafPem ? 1 : 2,
          streams: () => streams,
          async dial(port) {
            const stream = await dialAsChannel(port);
            streams.push(stream);
            return stream;
          },
        };
      },
      close: async () => undefined,
    };
  });

  describe('reads a handshake', () => {
    it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s, with everything a leaf says', async (version) => {
      const root = await makeRoot();
      const issuer = await root.intermediate({ commonName: 'Northwind, Inc. CA' });
      const notBefore = new Date('2026-01-02T03:04:05Z');
      const notAfter = new Date('2040-01-02T03:04:05Z');
      const names = ['*.northwind.test', '203.0.113.10', NAME];
      const leaf = await issuer.leaf({ names, notBefore, notAfter, serial: '0abc', keyType: 'rsa-2048' });
      const sighting = await probe(root, { key: leaf.keyPem, cert: leaf.chainPem, maxVersion: version });
      expect(sighting).toEqual({
        kind: 'served',
        served: {
          chainPem: [leaf.leafPem, issuer.pem],
          fingerprint: leaf.fingerprint,
          notBefore,
          notAfter,
          names,
          issuer: 'CN=Northwind\\, Inc. CA',
          serial: 'abc',
          protocol: version,
          trusted: true,
          distrust: undefined,
        },
      });
    });

    it('asks by SNI for the name', async () => {
      const root = await makeRoot();
      const leaf = await root.leaf({ names: [NAME] });
      const server = await startServer('good', { key: leaf.keyPem, cert: leaf.chainPem });
      await outside(root, server);
      await expect.poll(server.serverNames).toEqual([NAME]);
    });

    it('shows a root, a stranger and the wrong order as they were sent', async () => {
      const root = await makeRoot();
      const [upper, stranger] = [await root.intermediate(), await makeRoot()];
      const lower = await upper.intermediate();
      const leaf = await lower.leaf({ names: [NAME] });
      const sent = [leaf.leafPem, stranger.pem, upper.pem, root.pem, lower.pem];
      const served = servedOf(await probe(root, { key: leaf.keyPem, cert: sent.join('') }));
      expect([served?.chainPem, served?.trusted]).toEqual([sent, true]);
    });

    it('does not add the root it knows to the chain it was sent', async () => {
      const root = await makeRoot();
      const leaf = await root.leaf({ names: [NAME] });
      const served = servedOf(await probe(root, { key: leaf.keyPem, cert: leaf.leafPem }));
      expect([served?.chainPem, served?.trusted]).toEqual([[leaf.leafPem], true]);
    });

    it('takes no help from an intermediate of an earlier probe', async () => {
      const root = await makeRoot();
      const leaf = await (await root.intermediate()).leaf({ names: [NAME] });
      const probes = new TlsProbes({ network: loopback, roots: [root.pem], timeoutMs: 5_000 });
      const verdicts = [];
      for (const cert of [leaf.chainPem, leaf.leafPem]) {
        const { port } = await startServer('good', { key: leaf.keyPem, cert });
        verdicts.push(servedOf(await probes.outside({ name: NAME, port }))?.distrust);
      }
      expect(verdicts).toEqual([undefined, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
    });
  });

  describe('distrusts', () => {
    it.each<{ what: string; options: Partial<LeafOptions>; distrust: string }>([
      {
        what: 'a name in commonName only',
        options: { names: [], commonName: NAME },
        distrust: 'ERR_TLS_CERT_ALTNAME_INVALID',
      },
      { what: 'a wildcard one label up', options: { names: ['*.test'] }, distrust: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      { what: 'a leaf for clients', options: { usages: ['clientAuth'] }, distrust: 'INVALID_PURPOSE' },
      { what: 'a leaf without usages', options: { usages: [] }, distrust: 'INVALID_PURPOSE' },
      { what: 'an RSA key of 1024 bits', options: { keyType: 'rsa-1024' }, distrust: 'EE_KEY_TOO_SMALL' },
      { what: 'a signature with SHA-1', options: { hash: 'SHA-1' }, distrust: 'UNSPECIFIED' },
    ])('$what', async ({ options, distrust }) => {
      const root = await makeRoot();
      const leaf = await (await root.intermediate()).leaf({ names: [NAME], ...options });
      const weakEnough = { ciphers: 'DEFAULT@SECLEVEL=0' };
      const served = servedOf(await probe(root, { key: leaf.keyPem, cert: leaf.chainPem, ...weakEnough }));
      expect(served).toMatchObject({ trusted: false, distrust, fingerprint: leaf.fingerprint });
    });

    it('a self-signed set from the factory', async () => {
      const leaf = await makeSelfSigned({ names: [NAME] });
      const served = servedOf(await probe(await makeRoot(), { key: leaf.keyPem, cert: leaf.chainPem }));
      expect(served).toMatchObject({ trusted: false, distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    });

    it('a root of its own that a server sends along', async () => {
      const foreign = await makeRoot();
      const leaf = await foreign.leaf({ names: [NAME] });
      const served = servedOf(await probe(await makeRoot(), { key: leaf.keyPem, cert: leaf.chainPem + foreign.pem }));
      expect(served).toMatchObject({ trusted: false, distrust: 'SELF_SIGNED_CERT_IN_CHAIN' });
    });

    it('everything when it has no roots, and a private root when it has those of Mozilla', async () => {
      const root = await makeRoot();
      const leaf = await root.leaf({ names: [NAME] });
      const { port } = await startServer('good', { key: leaf.keyPem, cert: leaf.chainPem });
      for (const roots of [[], 'mozilla'] as const) {
        const probes = new TlsProbes({ network: loopback, roots, timeoutMs: 5_000 });
        expect(servedOf(await probes.outside({ name: NAME, port }))?.trusted).toBe(false);
      }
    });

    it('a name that a hostile leaf hides inside another', async () => {
      const root = await makeRoot();
      const leaf = await root.leaf({ names: [`a.test, DNS:${NAME}`, 'b.test'] });
      const served = servedOf(await probe(root, { key: leaf.keyPem, cert: leaf.chainPem }));
      expect(served?.trusted).toBe(false);
      expect(served?.names).toEqual([`"a.test\\u002c dns:${NAME}"`, 'b.test']);
    });
  });

  describe('is not held up by', () => {
    it.each<{ what: string; hostile: (socket: Socket) => void; why: RegExp }>([
      { what: 'a server that closes at once', hostile: (socket) => socket.end(), why: /closed|ECONNRESET|socket/i },
      { what: 'a server that resets', hostile: (socket) => socket.resetAndDestroy(), why: /closed|ECONNRESET/ },
      {
        what: 'a web server',
        hostile: (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
        why: /wrong version/,
      },
      {
        what: 'noise',
        hostile: (socket) => void socket.write(Buffer.alloc(100_000, 0xa7)),
        why: /wrong version|unknown/,
      },
      { what: 'silence', hostile: () => undefined, why: /no answer within 250 ms/ },
      { what: 'a handshake that never ends', hostile: drip, why: /no answer within 250 ms/ },
    ])('$what', async ({ hostile, why }) => {
      const server = await startRawServer(hostile);
      servers.push(server);
      const sighting = await outside(await makeRoot(), server, 250);
      expect(sighting).toEqual({ kind: 'unreachable', why: expect.stringMatching(why) });
      expect(sighting).toEqual({ kind: 'unreachable', why: expect.stringContaining(`"${NAME}" port ${server.port}`) });
    });

    it.each([
      { what: 'more than ten certificates', copies: 10, paddingBytes: 0, why: 'more than 10 certificates' },
      { what: 'certificates of more than 64 KB', copies: 0, paddingBytes: 70_000, why: 'more than 65536 bytes' },
      { what: 'more than OpenSSL takes', copies: 0, paddingBytes: 200_000, why: 'excessive message size' },
    ])('$what', async ({ copies, paddingBytes, why }) => {
      const root = await makeRoot();
      const leaf = await root.leaf({ names: [NAME], paddingBytes });
      const sighting = await probe(root, { key: leaf.keyPem, cert: leaf.leafPem + root.pem.repeat(copies) });
      expect(sighting).toEqual({ kind: 'unreachable', why: expect.stringContaining(why) });
    });

    it('a dial that never answers, and closes what it hands out too late', async () => {
      const late = Promise.withResolvers<Duplex>();
      const probes = new TlsProbes({ network: loopback, roots: [], timeoutMs: 40 });
      const sighting = await probes.inside({ name: NAME, port: 21_326 }, () => late.promise);
      expect(sighting).toEqual({ kind: 'unreachable', why: `"${NAME}" port 21326: no answer within 40 ms` });
      const server = await startRawServer(() => undefined);
      servers.push(server);
      const stream = await dialAsChannel(server.port);
      late.resolve(stream);
      await expect.poll(() => stream.destroyed).toBe(true);
    });

    it('a refusal of the network, whose words it passes on', async () => {
      const refusing: Network = {
        connect: () => Promise.reject(new Problem('address-refused', 'address "::1" is loopback')),
      };
      const probes = new TlsProbes({ network: refusing, roots: [], timeoutMs: 100 });
      const sighting = await probes.outside({ name: NAME, port: 21_326 });
      expect(sighting).toEqual({ kind: 'unreachable', why: 'address "::1" is loopback' });
    });

    it('a name that TLS cannot carry', async () => {
      const server = await startRawServer(() => undefined);
      servers.push(server);
      const probes = new TlsProbes({ network: loopback, roots: [], timeoutMs: 100 });
      for (const name of ['', '\0', 'a'.repeat(300), '203.0.113.10']) {
        expect(await probes.outside({ name, port: server.port })).toMatchObject({ kind: 'unreachable' });
      }
    });

    it('a server that asks for TLS 1.1', async () => {
      const root = await makeRoot();
      const leaf = await root.leaf({ names: [NAME], keyType: 'rsa-2048' });
      const old: TlsOptions = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
      const sighting = await probe(root, { key: leaf.keyPem, cert: leaf.chainPem, ...old });
      expect(sighting).toEqual({ kind: 'unreachable', why: expect.stringMatching(/protocol/) });
    });
  });
});

/** A ServerHello of 16 KB, one byte at a time, each in a record of its own. */
function drip(socket: Socket): void {
  socket.write(Buffer.from([0x16, 3, 3, 0, 4, 2, 0, 0x40, 0]));
  const timer = setInterval(() => socket.write(Buffer.from([0x16, 3, 3, 0, 1, 3])), 5);
  socket.on('close', () => clearInterval(timer));
}

function leafOptions(how: Serving): LeafOptions {
  const now = Date.now();
  if (how === 'other-name') return { names: ['other.northwind.test'] };
  if (how === 'expired')
    return { names: [NAME], notBefore: new Date(now - 9 * DAY_MS), notAfter: new Date(now - DAY_MS) };
  if (how === 'not-yet-valid') return { names: [NAME], notBefore: new Date(now + DAY_MS) };
  if (how === 'static-keys') return { names: [NAME], keyType: 'rsa-2048' };
  return { names: [NAME] };
}

async function startServer(how: Serving, set: TlsOptions): Promise<TestServer> {
  const silent = how === 'silent' || how === 'nothing-listens';
  const notTls = (socket: Socket) => void socket.write('220 mail.northwind.test ESMTP\r\n');
  const raw = silent || how === 'not-tls';
  const server = raw ? await startRawServer(silent ? () => undefined : notTls) : await startTlsServer(set);
  if (how === 'nothing-listens') await server.close();
  else servers.push(server);
  return server;
}

async function probe(root: Issuer, set: TlsOptions): Promise<Sighting> {
  return await outside(root, await startServer('good', set));
}

async function outside(root: Issuer, { port }: TestServer, timeoutMs = 5_000): Promise<Sighting> {
  const probes = new TlsProbes({ network: loopback, roots: [root.pem], timeoutMs });
  return await probes.outside({ name: NAME, port });
}

function servedOf(sighting: Sighting): ServedChain | undefined {
  return sighting.kind === 'served' ? sighting.served : undefined;
}
