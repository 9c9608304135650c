// One look at a server that changes nothing: a small program for its shell, and what its answer means.

import type { ActivationView, ConnectionProfile, LivePaths } from '../../ports/appliances.ts';
import { isFingerprint, NO_ACTIVATION, parseActivation } from './activation-view.ts';
import { cleaned, keyValues, quote } from './shell-words.ts';

export interface Surroundings {
  readonly hostname: string | undefined;
  readonly freeBytes: number;
  /** Seconds since 1970 by its clock. */
  readonly clock: number | undefined;
  readonly serviceUp: boolean;
  readonly liveSetLoads: boolean | undefined;
  readonly activeCalls: number | undefined;
  readonly staged: readonly string[];
  readonly activation: ActivationView;
}

/** Where `service` is on old systems, which a shell over SSH does not look in. */
const PATH = 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH';

/** Each answer is one line `key=value`; nothing is written, not even a temporary file. */
export function lookAround(profile: ConnectionProfile, paths: LivePaths): string {
  const { commands, stagingFolder } = profile;
  return `${PATH}
line() { tr -c '\\040-\\176' ' ' | cut -c1-300; }
echo "clock=$(date +%s)"
echo "hostname=$(hostname 2>/dev/null | line)"
base=${quote(stagingFolder)} key=${quote(paths.key)} certificate=${quote(paths.certificate)}
place=$base
while [ ! -d "$place" ]; do place=$(dirname "$place"); done
echo "free=$(for at in "$place" "\${key%/*}/" "\${certificate%/*}/"; do df -Pk "$at" 2>/dev/null | awk 'NR==2{print $4}'; done | sort -n | head -n 1)"
if sh -c ${quote(commands.status)} </dev/null >/dev/null 2>&1; then echo up=yes; else echo up=no; fi
${commands.calls === undefined ? '' : `echo "calls=$(sh -c ${quote(commands.calls)} </dev/null 2>/dev/null | line)"`}
if [ ! -e "$key" ] || [ ! -e "$certificate" ]; then echo live=none
elif public=$(openssl x509 -noout -pubkey -in "$certificate" 2>/dev/null) && [ -n "$public" ] && [ "$public" = "$(openssl pkey -pubout -in "$key" 2>/dev/null </dev/null)" ]; then echo live=yes
else echo live=no; fi
echo "staged=$(for set in "$base"/sets/*/sums; do [ ! -f "$set" ] || { set=\${set%/sums}; printf '%s ' "\${set##*/}"; }; done | cut -c1-6500)"
current=$(tr -cd 'A-Za-z0-9._-' 2>/dev/null <"$base/current" | cut -c1-100)
case $current in '' | .*) ;; *) [ ! -f "$base/activations/$current/activate.sh" ] || sh "$base/activations/$current/activate.sh" state | sed 's/^/activation./' ;; esac
exit 0`;
}

export function parseSurroundings(text: string): Surroundings {
  const values = keyValues(text);
  const live = values.get('live');
  const hostname = cleaned(values.get('hostname') ?? '', 253);
  return {
    hostname: hostname === '' ? undefined : hostname,
    freeBytes: (wholeNumber(values.get('free')) ?? 0) * 1024,
    clock: wholeNumber(values.get('clock')),
    serviceUp: values.get('up') === 'yes',
    liveSetLoads: live === 'yes' ? true : live === 'no' ? false : undefined,
    activeCalls: wholeNumber(/\d+/.exec(values.get('calls') ?? '')?.[0]),
    staged: (values.get('staged') ?? '').split(' ').filter(isFingerprint),
    activation: parseActivation(values, 'activation.') ?? NO_ACTIVATION,
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}
