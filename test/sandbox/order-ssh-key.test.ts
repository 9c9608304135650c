// Another SSH key over the whole service: put on the server, proven, and orders go on with it; a server that refuses it is served with the old one.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

interface KeyAnswer {
  readonly keyId: string;
  readonly publicKey: string;
  readonly rotation?: { readonly state: string };
  readonly servers: readonly { readonly keyId: string; readonly state: string; readonly problem?: { code: string } }[];
}

const seen = async (run: SandboxRun) => (await run.ask('GET', '/v1/ssh-key')).body as unknown as KeyAnswer;

const lines = async (run: SandboxRun) =>
  (await readFile(join(run.outside.ucx.root, 'home/ucxcerts/.ssh/authorized_keys'), 'utf8')).trim().split('\n');

const rotate = async (run: SandboxRun) => (await run.rotateSshKey()) as unknown as KeyAnswer;

describe.concurrent('another SSH key', patient, () => {
  it('is the only one the server lets in afterwards, and the next order logs in with it', async () => {
    await using run = await SandboxRun.start();
    await run.obtain();
    const [before = ''] = await lines(run);
    const { keyId, publicKey, rotation, servers } = await rotate(run);
    expect([rotation?.state, servers]).toEqual(['done', [expect.objectContaining({ keyId, state: 'moved' })]]);
    expect(before).not.toContain(publicKey);
    expect(await lines(run)).toEqual([
      'from="203.0.113.250",no-pty,no-agent-forwarding,no-X11-forwarding,' +
        `permitopen="127.0.0.1:21326",permitopen="127.0.0.1:443" ${publicKey} ucx-certs`,
    ]);
    const order = await run.fulfil();
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.outside.ucx.counts().sshAuthFailures).toBe(0);
  });

  it('that the server refuses takes nothing away: one refusal, and orders go on with the old one', async () => {
    await using run = await SandboxRun.start();
    await run.obtain();
    await run.outside.ucx.turn({ keysElsewhere: true });
    const before = (await seen(run)).keyId;
    const { rotation, servers } = await rotate(run);
    expect([rotation?.state, servers]).toEqual([
      'left-behind',
      [
        expect.objectContaining({
          keyId: before,
          state: 'stopped',
          problem: expect.objectContaining({ code: 'new-key-refused' }),
        }),
      ],
    ]);
    expect(await lines(run)).toHaveLength(2);
    const order = await run.fulfil();
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.outside.ucx.counts().sshAuthFailures).toBe(1);
  });
});
