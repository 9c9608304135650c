// A connection to the server an address names, logged in with the key that belongs to it.

import type { ApplianceAddress } from '../../ports/appliances.ts';
import type { Network } from '../../ports/network.ts';
import type { Vault } from '../../ports/vault.ts';
import { SshConnection } from './ssh-connection.ts';

/** The one private key a server is logged in to with, PEM or OpenSSH format. */
export type PrivateKeys = (address: ApplianceAddress) => Promise<string>;

export interface ServerConnectionOptions {
  readonly network: Network;
  readonly privateKeys: PrivateKeys;
  /** For each connection, log-in, file or stream. @default 20 seconds */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 20_000;

/** A jump host is no server of the fleet: it keeps the key a partner began with. Problems: those of `SshConnection.open` and of `privateKeys`. */
export async function openConnection(
  address: ApplianceAddress,
  { network, privateKeys, timeoutMs = DEFAULT_TIMEOUT_MS }: ServerConnectionOptions,
): Promise<SshConnection> {
  const { profile, hostKey } = address;
  const { jump } = profile;
  return await SshConnection.open({
    network,
    target: { host: address.address, port: profile.sshPort, account: profile.account, hostKey },
    jump,
    privateKeyPem: await privateKeys(address),
    jumpPrivateKeyPem: jump && (await privateKeys({ ...address, sshKey: undefined })),
    timeoutMs,
  });
}

/** Keys that were drawn are in the vault; `first` knows the one each partner began with. */
export function vaultPrivateKeys(vault: Pick<Vault, 'get'>, first: PrivateKeys): PrivateKeys {
  return async (address) =>
    address.sshKey === undefined ? await first(address) : Buffer.from(await vault.get(address.sshKey)).toString();
}
