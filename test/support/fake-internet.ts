// Loaded before a bundle: public addresses lead to ports of this machine, and nothing leads anywhere else. The bundle knows nothing of it.

import dgram from 'node:dgram';
import dnsPromises from 'node:dns/promises';
import net from 'node:net';

/** In the environment variable `FAKE_INTERNET`, as JSON. */
export interface FakeInternet {
  /** Answers for every name server and resolver. */
  readonly dnsPort: number;
  /** A records that no zone of ours has. */
  readonly names: Readonly<Record<string, string>>;
  /** From `address:port` to a port of the loopback. */
  readonly services: Readonly<Record<string, number>>;
}

const internet = JSON.parse(process.env.FAKE_INTERNET ?? '{}') as FakeInternet;
const { connect } = net;
const { Resolver } = dnsPromises;

net.connect = net.createConnection = ((...args: unknown[]) => {
  const { host, port } = targetOf(args);
  if (host === '127.0.0.1' || host === 'localhost') return Reflect.apply(connect, net, args);
  const local = port === 53 ? internet.dnsPort : internet.services[`${host}:${port}`];
  const options = typeof args[0] === 'object' ? args[0] : {};
  if (local !== undefined) return connect({ ...options, host: '127.0.0.1', port: local });
  const refused = Object.assign(new Error(`connect ECONNREFUSED ${host}:${port}`), { code: 'ECONNREFUSED' });
  const socket = new net.Socket();
  process.nextTick(() => socket.destroy(refused));
  return socket;
}) as typeof net.connect;

function targetOf(args: readonly unknown[]): { readonly host: string; readonly port: number } {
  const [first, second] = args;
  const { host = 'localhost', port } = Object(typeof first === 'object' ? first : { port: first, host: second });
  return { host, port: Number(port) };
}

const { createSocket } = dgram;
dgram.createSocket = ((...args: Parameters<typeof createSocket>) => {
  const socket = createSocket(...args);
  const toward = socket.connect.bind(socket);
  socket.connect = (port: number, _address?: unknown, done?: () => void) => {
    if (port !== 53) throw new Error(`nothing listens at UDP port ${port}`);
    toward(internet.dnsPort, '127.0.0.1', done);
  };
  return socket;
}) as typeof createSocket;

dnsPromises.Resolver = class extends Resolver {
  constructor(options?: ConstructorParameters<typeof Resolver>[0]) {
    super(options);
    this.setServers([`127.0.0.1:${internet.dnsPort}`]);
    const ask = this.resolve4.bind(this);
    const known = async (name: string) => {
      const address = internet.names[name];
      return address === undefined ? await ask(name) : [address];
    };
    Object.assign(this, { resolve4: known });
  }
};
