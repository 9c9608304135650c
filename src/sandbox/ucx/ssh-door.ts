// The server's sshd: one account, public key only, a block list, and behind it commands, files and the way to its own loopback.

import type { Socket } from 'node:net';
import { connect } from 'node:net';
import ssh2, { type AuthContext, type Connection, type PublicKeyAuthContext, type Server } from 'ssh2';
import type { AuthorizedKeysFile } from './authorized-keys.ts';
import { BlockList } from './block-list.ts';
import type { ServerLog } from './server-log.ts';
import type { ServerProcesses } from './server-processes.ts';
import { serveSession } from './shell-session.ts';
import { SlowCable } from './slow-cable.ts';
import type { HostKey } from './ssh-host-key.ts';
import { TcpDoor } from './tcp-door.ts';
import type { CountBook } from './ucx-counts.ts';
import type { DialBoard, UcxDials } from './ucx-dials.ts';

export interface SshDoorOptions {
  readonly port: number;
  readonly account: string;
  readonly authorizedKeys: AuthorizedKeysFile;
  readonly hostKey: HostKey;
  /** Shown instead while `hostKeyChanged` is on. */
  readonly changedHostKey: HostKey;
  /** Ports of its loopback that may be reached through SSH, and where they really are. */
  readonly loopbackPorts: ReadonlyMap<number, number>;
  readonly root: string;
  readonly home: string;
  readonly shell: readonly string[];
  readonly processes: ServerProcesses;
  readonly dials: DialBoard;
  readonly counts: CountBook;
  readonly log: ServerLog;
  readonly now: () => Date;
}

export class SshDoor {
  readonly #options: SshDoorOptions;
  readonly #door: TcpDoor;
  readonly #blockList: BlockList;
  readonly #servers: { readonly usual: Server; readonly changed: Server };

  private constructor(options: SshDoorOptions, door: TcpDoor, slot: { visit: (socket: Socket) => void }) {
    this.#options = options;
    this.#door = door;
    this.#blockList = new BlockList(options.counts, options.now);
    this.#servers = { usual: this.#serverWith(options.hostKey), changed: this.#serverWith(options.changedHostKey) };
    slot.visit = (socket) => this.#visit(socket);
    options.dials.onTurn((dials) => this.#door.set(doorState(dials)));
    options.dials.onTurn(async ({ keysElsewhere }) => options.authorizedKeys.standElsewhere(keysElsewhere));
    options.authorizedKeys.standElsewhere(options.dials.now.keysElsewhere);
  }

  /** Shut until `up` is called. */
  static async open(options: SshDoorOptions): Promise<SshDoor> {
    const slot = { visit: (socket: Socket): void => void socket.destroy() };
    const door = await TcpDoor.open(options.port, (socket) => slot.visit(socket));
    await door.set('shut');
    return new SshDoor(options, door, slot);
  }

  get port(): number {
    return this.#door.port;
  }

  async up(): Promise<void> {
    await this.#door.set(doorState(this.#options.dials.now));
  }

  async down(): Promise<void> {
    await this.#door.set('shut');
  }

  /** Every connection ends at once, without a word; what runs, runs on. */
  cut(): void {
    this.#door.cutAll();
  }

  async close(): Promise<void> {
    await this.#door.close();
  }

  #visit(socket: Socket): void {
    const { counts, dials, log } = this.#options;
    const address = socket.remoteAddress ?? 'unknown';
    if (this.#blockList.isBlocked(address)) {
      counts.add('sshBlocked');
      log.secure(`sshd: ${address} is on the block list`);
      socket.destroy();
      return;
    }
    counts.add('sshConnections');
    let passed = 0;
    const cuts = (bytes: number): boolean => {
      passed += bytes;
      const limit = dials.now.cutSshAfterBytes;
      if (limit === undefined || passed < limit) return false;
      dials.spend({ cutSshAfterBytes: undefined });
      return true;
    };
    const cable = new SlowCable(socket, { delayMs: () => dials.now.slowMs, cuts });
    const server = dials.now.hostKeyChanged ? this.#servers.changed : this.#servers.usual;
    server.injectSocket(cable as unknown as Socket);
  }

  #serverWith({ privateKey }: HostKey): Server {
    const server = new ssh2.Server({ hostKeys: [privateKey], ident: 'OpenSSH_5.3' });
    server.on('connection', (connection, { ip }) => this.#greet(connection, ip));
    return server;
  }

  #greet(connection: Connection, address: string): void {
    const { counts, log, account } = this.#options;
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => this.#authenticate(context, address));
    connection.on('ready', () => {
      counts.add('sshLogins');
      log.secure(`sshd: accepted publickey for ${account} from ${address}`);
      connection.on('session', (accept) => {
        const session = accept();
        serveSession(session, { ...this.#options, cut: () => this.cut() });
      });
      connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
        const port = isLoopback(destIP) ? this.#options.loopbackPorts.get(destPort) : undefined;
        if (port === undefined) {
          log.secure(`sshd: refused forwarding to ${destIP}:${destPort}`);
          reject();
          return;
        }
        this.#forward(port, accept, reject);
      });
    });
  }

  #authenticate(context: AuthContext, address: string): void {
    if (context.method === 'publickey' && this.#mayEnter(context)) {
      context.accept();
      return;
    }
    this.#blockList.addFailure(address);
    this.#options.log.secure(`sshd: failed ${context.method} for ${context.username} from ${address}`);
    context.reject(['publickey']);
    if (this.#blockList.isBlocked(address)) this.cut();
  }

  #mayEnter(context: PublicKeyAuthContext): boolean {
    if (this.#options.dials.now.sshRefuses || context.username !== this.#options.account) return false;
    const key = this.#options.authorizedKeys.find(context.key.data);
    if (key === undefined) return false;
    if (!context.signature || !context.blob) return true;
    return key.verify(context.blob, context.signature, context.hashAlgo) === true;
  }

  #forward(port: number, accept: () => import('ssh2').ServerChannel, reject: () => void): void {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.off('error', refused);
      const stream = accept();
      const end = () => {
        socket.destroy();
        stream.close();
      };
      stream.on('error', end).on('close', end);
      socket.on('error', end).on('close', end);
      stream.pipe(socket).pipe(stream);
    });
    const refused = () => reject();
    socket.once('error', refused);
  }
}

function isLoopback(address: string): boolean {
  return ['127.0.0.1', 'localhost'].includes(address);
}

function doorState({ sshUnreachable }: UcxDials): 'open' | 'closed' | 'silent' {
  if (sshUnreachable === 'refused') return 'closed';
  return sshUnreachable === 'silent' ? 'silent' : 'open';
}
