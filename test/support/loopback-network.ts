// A Network for tests that stays on this machine: whatever the name, the connection goes to 127.0.0.1.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Network } from '../../src/ports/network.ts';

export const loopbackNetwork: Network = {
  async connect({ port }, timeoutMs) {
    const socket = connect({ host: '127.0.0.1', port });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  },
};
