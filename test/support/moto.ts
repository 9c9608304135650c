// Moto's server, an AWS that somebody else wrote: started once a file, emptied before each test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { MOTO_VERSION, motoFolder } from './moto-place.ts';

export interface Moto {
  /** What clients are made with; nobody checks the keys. */
  readonly connection: () => {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** What moto's services hold, by service and kind, asked behind the adapter's back. */
  readonly held: () => Promise<Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>>;
}

const START_MS = 30_000;

/**
 * One request at a time: moto's services hold no locks, so that of two requests at the same moment both may find what only one may
 * find on AWS. Port 0 is a free one, which is in what it prints.
 */
const PROGRAM = `
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple
run_simple('127.0.0.1', 0, DomainDispatcherApplication(create_backend_app), threaded=False, request_handler=MotoRequestHandler)
`;

/** For the tests of the file that calls it. Needs moto where `.ci/peers` puts it, and says so when it is missing. */
export function useMoto(): Moto {
  let endpoint = '';
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    child = spawn(join(motoFolder(), 'bin', 'python3'), ['-c', PROGRAM], {
      env: { ...process.env, PYTHONUNBUFFERED: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    endpoint = await listening(child);
  });
  beforeEach(async () => {
    const answer = await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
    await answer.text();
  });
  afterAll(async () => {
    if (child?.pid === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  return {
    connection: () => ({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
    held: async () => {
      const answer = await fetch(`${endpoint}/moto-api/data.json`);
      return (await answer.json()) as Awaited<ReturnType<Moto['held']>>;
    },
  };
}

async function listening(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-4000);
    const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
    if (found !== undefined) resolve(found);
  });
  child.once('error', () => reject(new Error(`moto ${MOTO_VERSION} is not installed: run .ci/peers`)));
  child.once('exit', (code) => reject(new Error(`moto ended with ${code}: ${output.slice(-500)}`)));
  const timer = setTimeout(() => reject(new Error(`moto was not there within ${START_MS} ms: ${output}`)), START_MS);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
