// A customer's UCx server: looked at, staged on, activated. Its adapter is SSH and a script; the words are ours.

import type { Duplex } from 'node:stream';
import type { VaultRef } from './vault.ts';

/** Where and as whom; ops make profiles, an order only names one. */
export interface ConnectionProfile {
  readonly id: string;
  readonly account: string;
  /** Port of SSH at the server's public address. */
  readonly sshPort: number;
  /** Another SSH server to go through; the only way to a private address. */
  readonly jump:
    | { readonly host: string; readonly port: number; readonly account: string; readonly hostKey: string }
    | undefined;
  /** Apache's file whose directives say where key, certificate and CA file are; default `/etc/httpd/conf.d/ssl.conf`. */
  readonly sslConf: string;
  /** Folder of ours on the server for staged sets, state and the activation script; must be writable by `account`. */
  readonly stagingFolder: string;
  /** Who must be able to read key and chain; InfinityOne runs as `asterisk`. Group of the files; absent = leave the account's own. */
  readonly serviceGroup: string | undefined;
  /** `absent`: InfinityOne is not installed yet; Apache alone is given the certificate until its site port appears. Absent = it is there. */
  readonly infinityOne?: 'absent' | undefined;
  /** Servers or phones behind this profile are so old that they know RSA keys alone. Absent = they are not. */
  readonly onlyRsa?: true | undefined;
  /** Typed commands, each one line for `sh -c`, run as they stand: nothing of an order is ever put into them. */
  readonly commands: {
    /** Absent = a person presses RESTART THE SERVER in InfinityOne, inside the window. */
    readonly restart?: string | undefined;
    /** Exit 0 = the service is up. */
    readonly status: string;
    /** Prints the number of active calls; absent = unknown. */
    readonly calls: string | undefined;
    /** Apache, which shares the files; absent = it is left alone. */
    readonly web?: WebCommands | undefined;
  };
  /** How long a commit mark is waited for before the server decides by itself. */
  readonly commitTimeoutSeconds: number;
  /** How long the service may take to come up after a restart. */
  readonly restartTimeoutSeconds: number;
}

/** The web administration of the UCX. */
export interface WebCommands {
  /** Exit 0 = Apache would load what lies there, as `httpd -t`. */
  readonly check: string;
  /** Has it read its files again without ending a connection, as `service httpd graceful`. */
  readonly reload: string;
  /** Where it serves them. */
  readonly port: number;
}

export interface ApplianceAddress {
  /** Public address of the server (or a name behind the jump host). */
  readonly address: string;
  readonly profile: ConnectionProfile;
  /** `SHA256:<base64>` of the pinned host key as `ssh-keygen -lf` prints it; absent on first contact. */
  readonly hostKey: string | undefined;
  /** Whose server it is: another partner's key is never tried there. Absent = whoever opens it serves one partner. */
  readonly partner?: string | undefined;
  /** Where the key it lets us in with is; absent = it is the one the partner began with. */
  readonly sshKey?: VaultRef | undefined;
}

export interface CertificateSet {
  /** SHA-256 of the leaf's DER, lower hex: identity of the set. */
  readonly fingerprint: string;
  /** PKCS#8 PEM. */
  readonly keyPem: string;
  /** Leaf first, then intermediates, no root. */
  readonly chainPem: string;
}

/** What the server's activation state file says. */
export type ActivationPhase =
  | 'none'
  | 'checking' // nothing touched yet
  | 'swapping' // intent written, files being exchanged
  | 'restarting'
  | 'proving' // self-probe under way
  | 'awaiting-commit' // new set served by its own probe
  | 'committed'
  | 'restoring' // old set on its way back
  | 'restored' // old set served again
  | 'refused' // checked and left untouched
  | 'down'; // old set back, service not up: a person, now

export interface ActivationView {
  /** Which activation the state speaks of; absent with phase `none`. */
  readonly activationId: string | undefined;
  readonly fingerprint: string | undefined;
  readonly phase: ActivationPhase;
  /** Why it was refused or restored, in the script's words, one line, cleaned. */
  readonly why: string | undefined;
  /** Whether a restart of the service was begun for it: with none, a `restored` has cost nobody a call. */
  readonly restarted: boolean;
  /** Whether a script is at work on it right now. */
  readonly running: boolean;
  /**
   * Apache, which shares the files: `reloaded` gracefully, `stale` where it did not take the reload, `unfit` where it would not have loaded its own
   * configuration before we came and was left alone; undefined where nothing was asked of it.
   */
  readonly web?: 'unfit' | 'reloaded' | 'stale' | undefined;
  /**
   * Where the profile has no command to restart: a person is `wanted` to do it, has done it (`pressed`), or is `wanted-back` to do it once more, because the
   * old files are back and the service still serves what it read before. Undefined where nobody was asked for anything.
   */
  readonly hand?: 'wanted' | 'pressed' | 'wanted-back' | undefined;
}

export interface ApplianceFacts {
  /** Host key as seen now, to pin on first contact. */
  readonly hostKey: string;
  /** Site host and port out of `GET /api/v1/settings.public`, as the server says them; undefined when it does not answer. */
  readonly siteUrl: string | undefined;
  /** The server's own `hostname`. */
  readonly hostname: string | undefined;
  readonly paths: LivePaths;
  readonly freeBytes: number;
  /** Difference of its clock to ours, in milliseconds (positive: it is ahead). */
  readonly clockOffsetMs: number;
  readonly serviceUp: boolean;
  /** Key and certificate that are live belong together; undefined when there are none yet. */
  readonly liveSetLoads: boolean | undefined;
  readonly activeCalls: number | undefined;
  /** Fingerprints of sets staged and verified there. */
  readonly staged: readonly string[];
  readonly activation: ActivationView;
}

/** The three directives InfinityOne reads (facts/appliance.md, 1.2); the CA file may be missing. */
export interface LivePaths {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string | undefined;
  /** `SSLCertificateChainFile`: only old Apache reads it. */
  readonly chain: string | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/appliances.ts checks each of them:
 *
 * 1. `inspect` changes nothing on the server.
 * 2. `stage` writes key, chain and activation script beside the live files, verifies them there (key matches, bytes as sent, modes), and
 *    is idempotent: the same fingerprint is not written twice; staging touches no live file and restarts nothing. No room is
 *    `disk-full` and leaves no half-written set; a failed verification is `staging-refused`.
 * 3. `activate` starts the staged script detached and answers what its state is *now*; the same activation id never starts a second
 *    swap or restart, however often it is called, also after a cut connection or a reboot (it then finishes or undoes what was
 *    begun). Another activation that has not settled is an `activation-refused` problem.
 *    `mayRestartUntil` counts from the first call; with it passed nothing is touched, or what was exchanged is put back: `restored`,
 *    and not `restarted`.
 * 4. `settle` gives the script its commit mark or asks it to restore; idempotent; answers the state now. Committing what is already restored, or
 *    restoring what is already committed, changes nothing.
 * 5. `dial` opens a stream to a port on the server's own loopback.
 * 6. A changed host key is `host-key-mismatch` (message: both fingerprints); a refused key is `ssh-authentication-refused` after exactly one
 *    attempt; no connection is `server-unreachable`. Every call has a deadline; a lost connection is `server-unreachable`.
 * 7. The private key reaches the server only as file content: not in a command line, an environment or a log; files are never readable by the world.
 * 8. `reaches` changes nothing, and answers within 15 seconds.
 */
export interface Appliance {
  /** `site`: where to ask for `siteUrl`, and with which SNI; default port 21326 and none. */
  inspect(site?: { readonly name: string; readonly sitePort: number }): Promise<ApplianceFacts>;
  stage(set: CertificateSet): Promise<void>;
  activate(activation: {
    readonly id: string;
    readonly fingerprint: string;
    readonly name: string;
    readonly sitePort: number;
    /** End of the window: a restart that has not begun by then does not begin; what was exchanged is put back. */
    readonly mayRestartUntil: Date;
    /** `web`: Apache is what is proven, at `sitePort`, and reloaded instead of a restart. @default - InfinityOne */
    readonly service?: 'web' | undefined;
    /** So long the service may take the files up by itself before it is restarted. @default - it is restarted at once */
    readonly pickUpSeconds?: number | undefined;
  }): Promise<ActivationView>;
  settle(activationId: string, verdict: 'commit' | 'restore'): Promise<ActivationView>;
  dial(port: number): Promise<Duplex>;
  /** Whether the server itself opens a TCP connection to a place on the internet; undefined: that cannot be found out there. `host` is a name of ours, never of an order. */
  reaches(host: string, port: number): Promise<boolean | undefined>;
  close(): Promise<void>;
}

export interface Appliances {
  open(address: ApplianceAddress): Promise<Appliance>;
}
