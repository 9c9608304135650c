// The settings of the deployment stage that are no secret, read from the file that lies beside each bundle.

import { readFileSync } from 'node:fs';
import type { ConnectionProfile } from '../../src/ports/appliances.ts';
import { STAGE_FILE } from '../settings.ts';

/** What functions read of it; cdk/stage-settings.ts checks the whole before it is deployed, so nothing is checked again here. */
export interface Stage {
  /** PEM of roots that are trusted beside those phones bring along: of a test authority. @default - none */
  readonly addedRoots?: readonly string[] | undefined;
  /** PEM of intermediates to complete chains with. @default - none */
  readonly intermediates?: readonly string[] | undefined;
  readonly delegationZone?: string | undefined;
  readonly partners: Readonly<Record<string, StagePartner>>;
  readonly authorities: Readonly<Record<string, StageAuthority>>;
  readonly defaultAuthority: string;
  readonly mail: { readonly address: string; readonly name: string };
  readonly opsAddresses: readonly string[];
  readonly profiles: Readonly<Record<string, StageProfile>>;
}

export interface StagePartner {
  readonly grants: readonly string[];
  readonly restartsAtOnce?: number | undefined;
  readonly publicKeys?: readonly string[] | undefined;
}

export interface StageAuthority {
  readonly directoryUrl: string;
  /** PEM of the only roots trusted for its own HTTPS. @default - Node's */
  readonly roots?: readonly string[] | undefined;
  readonly contact?: readonly string[] | undefined;
  /** It wants an external account binding, which is a secret. */
  readonly externalAccount: boolean;
  readonly acmeProfile?: string | undefined;
  readonly preferredChain?: string | undefined;
}

/** A connection profile; its id is where it stands. */
export type StageProfile = Omit<ConnectionProfile, 'id' | 'jump' | 'serviceGroup' | 'commands'> &
  Partial<Pick<ConnectionProfile, 'jump' | 'serviceGroup'>> & { readonly commands: StageCommands };

type StageCommands = Omit<ConnectionProfile['commands'], 'calls'> & { readonly calls?: string | undefined };

let kept: Stage | undefined;

export function readStageFile(): Stage {
  kept ??= JSON.parse(readFileSync(new URL(STAGE_FILE, import.meta.url), 'utf8')) as Stage;
  return kept;
}
