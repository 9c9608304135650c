// The settings of the deployment stage that are no secret: they lie beside the code of each function.

import { readFileSync } from 'node:fs';
import type { ConnectionProfile } from '../../src/ports/appliances.ts';
import { STAGE_FILE } from '../settings.ts';

/** As cdk/stage-settings.ts has checked it; only what functions read. */
export interface Stage {
  readonly name: string;
  readonly delegationZone?: string | undefined;
  readonly partners: Readonly<
    Record<
      string,
      {
        readonly grants: readonly string[];
        readonly restartsAtOnce?: number | undefined;
        readonly publicKeys?: readonly string[] | undefined;
      }
    >
  >;
  readonly authorities: Readonly<
    Record<
      string,
      {
        readonly directoryUrl: string;
        readonly contact?: readonly string[] | undefined;
        readonly externalAccount: boolean;
        readonly acmeProfile?: string | undefined;
        readonly preferredChain?: string | undefined;
      }
    >
  >;
  readonly defaultAuthority: string;
  readonly mail: { readonly address: string; readonly name: string };
  readonly opsAddresses: readonly string[];
  readonly profiles: Readonly<Record<string, Omit<ConnectionProfile, 'id'>>>;
}

let read: Stage | undefined;

/** Read on the first call. */
export function stage(): Stage {
  read ??= JSON.parse(readFileSync(new URL(STAGE_FILE, import.meta.url), 'utf8')) as Stage;
  return read;
}
