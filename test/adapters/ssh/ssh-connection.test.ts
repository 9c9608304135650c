// The SSH connection against the sandbox UCx's server.

import { describe } from 'vitest';
import { connectionContract } from '../../contracts/connection.ts';
import { openConnectionBench } from '../../support/ucx-bench.ts';

describe('SshConnection', () => {
  connectionContract(async () => await openConnectionBench());
});
