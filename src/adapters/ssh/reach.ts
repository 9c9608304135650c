// Whether a server opens a connection to a place on the internet: asked of the openssl it has anyway, and given up after seconds.

import { quote } from './shell-words.ts';

/** A firewall that drops packets answers nothing at all; timeout(1) is not on every old server. */
const PATIENCE_SECONDS = 8;

/** `s_client` says CONNECTED once TCP stands, whatever TLS makes of it. */
export function reachFrom(host: string, port: number): string {
  return `command -v openssl >/dev/null 2>&1 || { echo reaches=unknown; exit 0; }
answer=$(
  openssl s_client -connect ${quote(`${host}:${port}`)} </dev/null 2>/dev/null &
  child=$!
  ( sleep ${PATIENCE_SECONDS}; kill "$child" ) </dev/null >/dev/null 2>&1 &
  watch=$!
  wait "$child"
  kill "$watch" 2>/dev/null
)
case $answer in *CONNECTED*) echo reaches=yes ;; *) echo reaches=no ;; esac
exit 0`;
}

export function parseReach(stdout: string): boolean | undefined {
  const answer = /^reaches=(yes|no)$/m.exec(stdout)?.[1];
  return answer === undefined ? undefined : answer === 'yes';
}
