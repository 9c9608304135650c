// The named hostilities of the sandbox UCx: what each does, and what it is when nobody turns it.

export interface UcxDials {
  /** InfinityOne stays down at the next start (`once`), or at every start until turned back. */
  readonly restartFails: 'no' | 'once' | 'always';
  /**
   * InfinityOne takes no other set than the factory one and the one served when this was turned: it stays `down`, or it starts
   * and `crashes` at the first handshake.
   */
  readonly refusesNewChain: 'no' | 'down' | 'crashes';
  /** The server shows another host key than before, as after a reinstallation. */
  readonly hostKeyChanged: boolean;
  /** Nothing can be written over SFTP or by commands started over SSH, and `df` says so. Empty files and renames still work. */
  readonly diskFull: boolean;
  /** Milliseconds every packet to the server, every command and every SFTP request takes longer. */
  readonly slowMs: number;
  /**
   * Milliseconds after which a running InfinityOne notices replaced files by itself: new connections get the new certificate and key, the CA
   * file stays as it was read at start (facts/appliance.md, 1.4). Absent: it reads only at start.
   */
  readonly picksUpFilesMs: number | undefined;
  /** The forwarding of the site port is gone: connections from outside are refused. */
  readonly unreachableOutside: boolean;
  /** The site port is forwarded to another machine, which serves a certificate of its own. */
  readonly otherServerOutside: boolean;
  /** Something else in Apache's configuration is broken: `httpd -t` refuses it, and what runs goes on. */
  readonly webUnfit: boolean;
  /** `httpd -t` refuses every set but the one Apache serves. */
  readonly webRefusesNewSet: boolean;
  /** Apache takes a graceful reload for done and serves what it served. */
  readonly webKeepsOld: boolean;
  /** InfinityOne is not installed: nothing of it runs or starts. */
  readonly infinityOneAbsent: boolean;
  /** What InfinityOne says its Site URL is. Absent: its hostname with the site port. */
  readonly siteUrl: string | undefined;
  /** A firewall shuts Canada out: the server does not reach the push server. */
  readonly pushBlocked: boolean;
  /** The account's key is no longer accepted. */
  readonly sshRefuses: boolean;
  /** sshd reads another `authorized_keys` than the account's own: who is let in stays as it was when this was turned. */
  readonly keysElsewhere: boolean;
  /** SSH cannot be reached: connections are `refused`, or accepted and then `silent`. */
  readonly sshUnreachable: 'no' | 'refused' | 'silent';
  /** Cuts the SSH connection on which this many bytes (both ways) have passed. Fires once, then turns itself off. */
  readonly cutSshAfterBytes: number | undefined;
  /** Cuts all SSH connections right after this many commands have been started. The command lives on. Fires once. */
  readonly cutSshAfterCommands: number | undefined;
  /** How long InfinityOne takes to come up. */
  readonly restartMs: number;
  /** How long the machine takes to boot before InfinityOne is started. */
  readonly bootMs: number;
}

export const QUIET_UCX: UcxDials = {
  restartFails: 'no',
  refusesNewChain: 'no',
  hostKeyChanged: false,
  diskFull: false,
  slowMs: 0,
  picksUpFilesMs: undefined,
  unreachableOutside: false,
  otherServerOutside: false,
  webUnfit: false,
  webRefusesNewSet: false,
  webKeepsOld: false,
  infinityOneAbsent: false,
  siteUrl: undefined,
  pushBlocked: false,
  sshRefuses: false,
  keysElsewhere: false,
  sshUnreachable: 'no',
  cutSshAfterBytes: undefined,
  cutSshAfterCommands: undefined,
  restartMs: 1_000,
  bootMs: 200,
};

/** The dials as they stand now; whoever holds this sees every turn at once. */
export class DialBoard {
  #dials: UcxDials;
  #turned: ((dials: UcxDials) => Promise<void>)[] = [];

  constructor(dials: Partial<UcxDials>) {
    this.#dials = { ...QUIET_UCX, ...dials };
  }

  get now(): UcxDials {
    return this.#dials;
  }

  /** Called, one after the other, at every turn. */
  onTurn(listener: (dials: UcxDials) => Promise<void>): void {
    this.#turned.push(listener);
  }

  async turn(dials: Partial<UcxDials>): Promise<void> {
    this.#dials = { ...this.#dials, ...dials };
    for (const listener of this.#turned) await listener(this.#dials);
  }

  /** A dial that fired once and is over; nobody needs to be told. */
  spend(dials: Partial<UcxDials>): void {
    this.#dials = { ...this.#dials, ...dials };
  }
}
