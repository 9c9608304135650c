// Appliances over SSH, against the sandbox UCx: the contract, and what only a server of flesh and blood does wrong.

import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProblemCode, problemCode } from '../../../src/domain/problem.ts';
import type { Appliance, CertificateSet } from '../../../src/ports/appliances.ts';
import { appliancesContract } from '../../contracts/appliances.ts';
import { openUcxBench, SERVER_NAME, SITE_PORT, type UcxBench } from '../../support/ucx-bench.ts';
import { inAnHour } from '../../support/window-end.ts';

describe('SshAppliances', () => {
  appliancesContract(async () => (await openUcxBench()).world);
});

describe('SshAppliances at a server with troubles', () => {
  let bench: UcxBench;
  let appliance: Appliance;
  let set: CertificateSet;

  beforeEach(async () => {
    bench = await openUcxBench();
    appliance = await bench.world.open();
    set = await bench.world.makeSet();
  });

  afterEach(async () => {
    await appliance.close();
    await bench.close();
  });

  const meets = async (work: Promise<unknown>, code: ProblemCode, words = ''): Promise<void> => {
    await expect(work).rejects.toSatisfy((error) => problemCode(error) === code);
    await expect(work).rejects.toThrow(words);
  };

  /** Names of everything in our folder on the server, set folders by their kind. */
  const kept = async (): Promise<readonly string[]> => {
    const names = await readdir(bench.profile.stagingFolder, { recursive: true });
    return names.filter((name) => name.includes('.new-') || name.endsWith('.pem')).sort();
  };

  it('tells what it sees: site address, hostname, clock, calls, paths', async () => {
    bench.ucx.setCalls(3);
    const facts = await appliance.inspect({ name: SERVER_NAME, sitePort: SITE_PORT });
    expect(facts).toMatchObject({
      siteUrl: `https://${SERVER_NAME}:${SITE_PORT}`,
      hostname: SERVER_NAME,
      activeCalls: 3,
      paths: {
        certificate: join(bench.ucx.root, 'etc/pki/tls/certs/ucx.crt'),
        key: join(bench.ucx.root, 'etc/pki/tls/private/ucx.key'),
        ca: join(bench.ucx.root, 'etc/pki/tls/certs/ucx-ca.crt'),
        chain: undefined,
      },
    });
    expect(Math.abs(facts.clockOffsetMs)).toBeLessThan(5_000);
  });

  it('sees a key that is not that of the certificate, a missing one, a service that is down', async () => {
    const { paths } = await appliance.inspect();
    await writeFile(paths.key, set.keyPem);
    expect((await appliance.inspect()).liveSetLoads).toBe(false);
    await rename(paths.key, `${paths.key}.gone`);
    await bench.ucx.turn({ restartFails: 'always' });
    await bench.ucx.reboot();
    appliance = await bench.world.open();
    expect(await appliance.inspect()).toMatchObject({ liveSetLoads: undefined, serviceUp: false, siteUrl: undefined });
  });

  it('tells whether the server reaches a place on the internet, and that a firewall is in the way', async () => {
    expect(await appliance.reaches('push-server.emetrotel.org', 443)).toBe(true);
    await bench.ucx.turn({ pushBlocked: true });
    expect(await appliance.reaches('push-server.emetrotel.org', 443)).toBe(false);
  });

  it('says what is missing where there is no ssl.conf, or one without the key', async () => {
    await writeFile(bench.profile.sslConf, 'SSLCertificateFile /etc/ucx.crt\n');
    await meets(appliance.inspect(), 'server-not-ready', 'SSLCertificateKeyFile');
    await rm(bench.profile.sslConf);
    await meets(appliance.inspect(), 'server-not-ready', 'ssl.conf');
  });

  it('leaves nothing behind where there is no room', async () => {
    await bench.ucx.turn({ diskFull: true });
    await meets(appliance.stage(set), 'disk-full');
    await bench.ucx.turn({ diskFull: false });
    expect(await kept()).toEqual([]);
    await appliance.stage(set);
  });

  it('begins no activation where there is no room', async () => {
    await appliance.stage(set);
    const before = await bench.world.live();
    await bench.ucx.turn({ diskFull: true });
    const activation = {
      id: 'a1',
      fingerprint: set.fingerprint,
      name: SERVER_NAME,
      sitePort: SITE_PORT,
      mayRestartUntil: inAnHour(),
    };
    await meets(appliance.activate(activation), 'disk-full');
    expect(await bench.world.live()).toEqual(before);
  });

  it('sends nothing of a set whose parts do not belong together', async () => {
    const other = await bench.world.makeSet();
    await meets(appliance.stage({ ...set, keyPem: other.keyPem }), 'staging-refused', 'do not belong together');
    await meets(appliance.stage({ ...set, fingerprint: other.fingerprint }), 'staging-refused');
    await meets(appliance.stage({ ...set, chainPem: 'no chain' }), 'staging-refused');
    expect(bench.ucx.counts().bytesWritten).toBe(0);
  });

  it('does not stage for a group the server does not know', async () => {
    const profile = { ...bench.profile, serviceGroup: 'no-such-group' };
    const other = await bench.appliances().open({ address: '203.0.113.10', profile, hostKey: bench.hostKey });
    await meets(other.stage(set), 'staging-refused', 'no-such-group');
    await other.close();
    expect(await kept()).toEqual([]);
  });

  it('finds no half-written set after a staging that was cut off, and stages it then', async () => {
    for (const cutSshAfterBytes of [2_000, 8_000, 20_000]) {
      await bench.ucx.turn({ cutSshAfterBytes });
      await meets(appliance.stage(set), 'server-unreachable');
      appliance = await bench.world.open();
      expect((await appliance.inspect()).staged).toEqual([]);
    }
    await appliance.stage(set);
    expect(await kept()).toEqual(['ca.pem', 'chain.pem', 'key.pem'].map((name) => expect.stringContaining(name)));
  });

  it('stages anew what somebody has spoiled on the server', async () => {
    await appliance.stage(set);
    const spoiled = join(bench.profile.stagingFolder, 'sets', set.fingerprint, 'key.pem');
    await writeFile(spoiled, 'spoiled');
    await appliance.stage(set);
    expect((await appliance.inspect()).staged).toEqual([set.fingerprint]);
    expect(await bench.world.exposures(set)).toEqual([]);
    await expect(
      appliance.activate({
        id: 'a1',
        fingerprint: set.fingerprint,
        name: SERVER_NAME,
        sitePort: SITE_PORT,
        mayRestartUntil: inAnHour(),
      }),
    ).resolves.toMatchObject({ fingerprint: set.fingerprint });
  });

  it('takes no ids that mean something to a shell or a folder', async () => {
    const activation = {
      fingerprint: set.fingerprint,
      name: SERVER_NAME,
      sitePort: SITE_PORT,
      mayRestartUntil: inAnHour(),
    };
    for (const id of ['', '..', '.hidden', 'a/b', 'a b', '$(reboot)', '-rf']) {
      await meets(appliance.activate({ ...activation, id }), 'activation-refused');
      await meets(appliance.settle(id, 'commit'), 'activation-refused');
    }
    await meets(appliance.activate({ ...activation, id: 'a1', name: "it's" }), 'activation-refused');
  });

  it('does not wait for ever for a silent server', async () => {
    await bench.ucx.turn({ sshUnreachable: 'silent' });
    const hasty = bench.appliances(bench.keys.ours.private, 300);
    await meets(
      hasty.open({ address: '203.0.113.10', profile: bench.profile, hostKey: bench.hostKey }),
      'server-unreachable',
    );
  });

  it('asks the server for nothing before it knows the host key', async () => {
    await bench.ucx.turn({ hostKeyChanged: true });
    await meets(bench.world.open(), 'host-key-mismatch', 'POST /v1/servers/{hostname}/host-key');
    expect(bench.ucx.counts().sshAuthFailures).toBe(0);
    expect(bench.ucx.counts().sshLogins).toBe(1);
  });

  it('takes any host key on first contact, and tells which', async () => {
    const first = await bench
      .appliances()
      .open({ address: '203.0.113.10', profile: bench.profile, hostKey: undefined });
    expect((await first.inspect()).hostKey).toBe(bench.hostKey);
    await first.close();
  });

  it('says that our own key is no key, without trying it', async () => {
    await meets(
      bench
        .appliances('-----BEGIN NONSENSE-----')
        .open({ address: '203.0.113.10', profile: bench.profile, hostKey: bench.hostKey }),
      'profile-unknown',
    );
    expect(bench.ucx.counts().sshAuthFailures).toBe(0);
  });

  it('works on a slow server', async () => {
    await bench.ucx.turn({ slowMs: 20 });
    await appliance.stage(set);
    expect((await appliance.inspect()).staged).toEqual([set.fingerprint]);
  });

  it('does not mind folders of strangers among its own', async () => {
    await mkdir(join(bench.profile.stagingFolder, 'sets/lost+found'), { recursive: true });
    await writeFile(join(bench.profile.stagingFolder, 'current'), '../../etc\n');
    expect(await appliance.inspect()).toMatchObject({ staged: [], activation: { phase: 'none' } });
  });
});
