#!/bin/sh
# Makes a staged certificate set the live one and proves it, or puts the old set back; safe to cut off after every line.
#
# Needs a POSIX sh (bash 4.1, dash 0.5.5, busybox), openssl 1.0.0 and the coreutils of 2012; runs as the account of the profile.
#
#   sets/<fingerprint>/activate.sh verify <fingerprint> <group>   is what was staged here what was meant? changes nothing live
#   sets/<fingerprint>/activate.sh begin <id>                     plan on standard input; starts or resumes the activation, detached
#   activations/<id>/activate.sh state | resume | commit | restore
#
# Every verb but `verify` ends by printing the state. No argument, variable of the environment or line of a log holds a secret.
#
# exchange.sh beside this file is the part that touches live files. activations/<id>/ holds: plan (what to do, never changed), deadline (after
# which no restart begins), state (how far we are), swap (the intent: which files, which way), old and new (certificates, one a line, to compare with what is served), verdict (`commit`
# or `restore`: the first one counts), restarting (the process that restarts the service, the last one), hand (what a person is asked
# to do, or has done, where there is no command to restart), web (what Apache said), before/ (the
# set that was replaced, kept for one generation), log. Every verb reads them afresh, so it does not matter where the one before was cut off.

set -u
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
umask 077
here=$(cd "$(dirname "$0")" && pwd) || exit 70
base=$(cd "$here/../.." && pwd) || exit 70
id=${here##*/}

. "$here/exchange.sh"

# --- small things -----------------------------------------------------------------------------------------------------------

# value FILE KEY: of `key=value` lines. Asked for often, so without a program.
value() {
  [ -f "$1" ] || return 0
  while IFS= read -r entry; do
    case $entry in "$2="*) printf '%s\n' "${entry#*=}"; return ;; esac
  done <"$1"
}
plan() { value "$here/plan" "$1"; }
phase() { value "$here/state" phase; }
verdict() { [ ! -f "$here/verdict" ] || cat "$here/verdict"; }
settled() { case $(phase) in committed | restored | refused | down) return 0 ;; *) return 1 ;; esac }
note() { printf '%s %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$1"; }
fail() { printf 'error=%s\n' "$1"; exit 65; }
nap() { sleep "$1" 2>/dev/null || sleep 1; }
digest() { if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -c1-64; }
# Seconds that no correction of the clock moves, where the system has them.
tick() { if read -r now rest 2>/dev/null </proc/uptime; then echo "${now%%.*}"; else date +%s; fi; }
# A sync of 2012 knows no files and writes out everything.
keep() { sync "$@" 2>/dev/null || sync; }
# Certificates of a PEM text, one a line.
lines() { awk '/-----BEGIN CERTIFICATE-----/{c="";on=1;next} /-----END CERTIFICATE-----/{if(on)print c;on=0;next} on{gsub(/[ \t\r]/,"");c=c $0}'; }
# Is the private key of file 1 the one the first certificate of file 2 speaks of?
pair() { p=$(openssl x509 -noout -pubkey -in "$2" 2>/dev/null) && [ -n "$p" ] && [ "$p" = "$(openssl pkey -pubout -in "$1" 2>/dev/null)" ]; }

# enter PHASE WHY: the only writer of the state. A new file and a rename, so that no reader sees half of it; on a full disk, over the old one.
enter() {
  at=$here/state
  note "$1 $2"
  text=$(printf 'id=%s\nfingerprint=%s\nphase=%s\nwhy=%s' "$id" "$(plan fingerprint)" "$1" "$(printf '%s' "$2" | tr -c '\040-\176' ' ' | cut -c1-300)")
  printf '%s\n' "$text" >"$at.new" && keep "$at.new" && mv -f "$at.new" "$at" && keep "$here" && return 0
  printf '%s\n' "$text" >"$at" && keep "$at"
}

# within SECONDS COMMAND…: the command's exit code, or 124 when it had to be killed. (timeout(1) took other arguments in old busybox.)
within() {
  limit=$(($(tick) + $1))
  shift
  "$@" &
  child=$!
  nap 0.02
  while kill -0 "$child" 2>/dev/null; do
    [ "$(tick)" -lt "$limit" ] || { kill -9 "$child" 2>/dev/null; wait "$child" 2>/dev/null; return 124; }
    nap 0.05
  done
  wait "$child"
}

# --- one worker at a time ---------------------------------------------------------------------------------------------------

# When a process began: a later process of the same number is not taken for it, nor is a dead one nobody has buried.
birth() {
  [ -r /proc/self/stat ] || { ps -o lstart= -p "$1" 2>/dev/null | tr -d ' '; return; }
  { read -r facts <"/proc/$1/stat"; } 2>/dev/null || return 0
  # proc(5): after the name in brackets come the state and, 19 fields on, the start
  set -- ${facts##*) }
  case $1 in Z | X) ;; *) echo "${20}" ;; esac
}
boot() { if read -r boot_id 2>/dev/null </proc/sys/kernel/random/boot_id; then echo "$boot_id"; else echo -; fi; }
myself() { printf '%s %s %s %s\n' $$ "$(birth $$)" "$(boot)" "$id"; }
# Does the process that described itself in this file still live? Leaves the activation it works for in `owner`.
lives() {
  owner=
  [ -f "$1" ] && read -r l_pid l_birth l_boot owner <"$1" || return 1
  [ "$l_boot" = "$(boot)" ] && [ "$l_birth" = "$(birth "$l_pid")" ]
}

# The lock is the file lock.N of the highest N. It is never removed, only followed by lock.N+1, which `ln` lets exactly one process make,
# and it frees itself when its owner dies: by kill, by reboot, or because its work is done.
newest_lock() {
  newest=0
  for lock in "$base"/lock.*; do
    case ${lock##*.} in *[!0-9]*) ;; *) [ "${lock##*.}" -le "$newest" ] || newest=${lock##*.} ;; esac
  done
}
held() {
  newest_lock
  [ "$newest" -gt 0 ] && lives "$base/lock.$newest"
}
running() { held && [ "$owner" = "$id" ]; }
take_lock() {
  tries=0
  while held; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || return 1
    nap 0.1
  done
  mine=$((newest + 1))
  myself >"$base/.lock.$$" && ln "$base/.lock.$$" "$base/lock.$mine"
  taken=$?
  rm -f "$base/.lock.$$"
  [ $taken -eq 0 ] || return 1
  newest_lock
  [ "$newest" -eq "$mine" ] || { rm -f "$base/lock.$mine"; return 1; }
  for lock in "$base"/lock.*; do
    [ "$lock" = "$base/lock.$mine" ] || rm -f "$lock"
  done
}

# --- checks: nothing is touched before all of them hold ------------------------------------------------------------------------

check_staged() {
  why='there is no openssl on the server'
  command -v openssl >/dev/null 2>&1 || return 1
  why='a staged file is not as it was sent'
  [ -s "$1/sums" ] || return 1
  while read -r sum file; do [ "$(digest "$1/$file")" = "$sum" ] || return 1; done <"$1/sums"
  why='the staged key does not belong to the staged certificate'
  pair "$1/key.pem" "$1/chain.pem" || return 1
  why='the staged certificate is not the one asked for'
  seen=$(openssl x509 -noout -fingerprint -sha256 -in "$1/chain.pem" 2>/dev/null | sed 's/^.*=//' | tr -d ':' | tr A-F a-f)
  [ "$seen" = "$2" ]
}

check_live() {
  why='the live key and certificate do not belong together'
  pair "$(plan key)" "$(plan certificate)" || return 1
  lines <"$(plan certificate)" >"$here/old" && lines <"$set/chain.pem" >"$here/new" || return 1
  why='SSLCACertificateFile holds so many certificates that it must be a trust store of others'
  [ -z "$(plan ca)" ] || [ "$(grep -c -e '-----BEGIN' "$(plan ca)")" -le 20 ] || return 1
  why='the service is not up'
  up || return 1
  why="no certificate is served at port $(plan port) of this server, so nothing could be proven afterwards"
  look || look || look
}

# --- the service ---------------------------------------------------------------------------------------------------------------

up() { within 30 sh -c "$(plan status)" </dev/null >/dev/null 2>&1; }
# What the service sends now, one certificate a line, the leaf first.
look() {
  within 10 openssl s_client -connect "127.0.0.1:$(plan port)" -servername "$(plan name)" -showcerts </dev/null >"$here/seen" 2>/dev/null
  lines <"$here/seen" >"$here/served"
  [ -s "$here/served" ]
}
shows() { [ "$(sed -n 1p "$here/served")" = "$(sed -n 1p "$here/$1")" ]; }
# The old set is known by its leaf; of the new one every intermediate must be sent too.
serves() {
  look && shows "$1" || return 1
  [ "$1" = old ] || awk 'NR==FNR{sent[$0]=1;next} !($0 in sent){missing=1} END{exit missing}' "$here/served" "$here/new"
}
# The restarting process notes itself before it begins: whoever takes over after a cut waits for it instead of restarting again.
restart() {
  ! by_hand || return 0
  note 'restarting the service'
  sh "$here/activate.sh" run-restart </dev/null &
  nap 0.05
}
run_restart() {
  myself >"$here/restarting.new" && mv -f "$here/restarting.new" "$here/restarting"
  exec sh -c "$(plan restart)"
}
# Without a command a person presses the button. Whoever sees the new set served goes on; at the end of the window the old files come back.
# `hand` holds what that person is asked for: wanted, pressed (has happened), wanted-back (once more, for the old set).
by_hand() { [ -z "$(plan restart)" ]; }
hand_state() { [ ! -f "$here/hand" ] || cat "$here/hand"; }
hand_is() { echo "$1" >"$here/hand.new" && mv -f "$here/hand.new" "$here/hand"; }
pressed() { case $(hand_state) in pressed | wanted-back) return 0 ;; *) return 1 ;; esac; }
hand_pressed() {
  why=
  pressed || hand_is wanted
  seen_at=$(tick)
  until look && shows new; do
    [ "$(verdict)" != restore ] || { why='asked to restore'; return 1; }
    ! too_late || { why='nobody restarted the service before the window closed'; return 1; }
    [ ! -s "$here/served" ] || seen_at=$(tick)
    [ $(($(tick) - seen_at)) -le "$(plan restart_timeout)" ] || { hand_is pressed; why='the service did not come back with the new set'; return 1; }
    nap 2
  done
  hand_is pressed
}
# The old files are back, and what the service has in memory goes only with another restart: a person is asked once more, for a day.
hand_back() {
  hand_is wanted-back
  until=$(($(tick) + 86400))
  until look && shows old; do
    [ "$(tick)" -lt "$until" ] || { enter down "$1; the old files are back, and nobody restarted the service on them"; return; }
    nap 2
  done
  enter restored "$1"
}
# Erlang may read replaced files by itself, within two minutes. Where the policy says so, a service that serves the whole new set then is not restarted.
picks_up() {
  [ -n "$(plan pick_up)" ] || return 1
  until=$(($(tick) + $(plan pick_up)))
  while ! serves new; do
    [ "$(tick)" -lt "$until" ] && ! too_late || return 1
    nap 1
  done
  note 'the service has taken the new set up by itself'
}
restart_runs() { lives "$here/restarting"; }
# come_up SECONDS: waits until no restart is under way and the service says it is up.
come_up() {
  until=$(($(tick) + $1))
  while restart_runs || ! up; do
    [ "$(tick)" -lt "$until" ] || return 1
    nap 0.1
  done
}
# prove old|new: a service may say it is up before it has let go of the old set, so one look is not enough; the right leaf with a wrong
# chain, however, does not mend itself.
prove() {
  until=$(($(tick) + $(plan restart_timeout)))
  wrong=0
  while ! serves "$1"; do
    [ "$1" = old ] || ! shows new || wrong=$((wrong + 1))
    [ "$wrong" -lt 3 ] && [ "$(tick)" -lt "$until" ] || return 1
    nap 0.1
  done
}

# --- the web administration ----------------------------------------------------------------------------------------------------

# Apache shares the files. `web` holds what is known of it: unfit (it would not have loaded what it had before us either, and is left alone),
# reloaded or stale (it did not take the reload); no file: nothing was asked of it.
has_web() { [ -n "$(plan web_check)" ] && [ "$(web_state)" != unfit ]; }
web_state() { [ ! -f "$here/web" ] || cat "$here/web"; }
web_is() { echo "$1" >"$here/web.new" && mv -f "$here/web.new" "$here/web"; }
web_fits() { within 30 sh -c "$(plan web_check)" </dev/null >>"$here/log" 2>&1; }
# Asked before anything is touched, and between the exchange and the restart: an Apache that would not load the new set is no reason to restart.
meet_web() { ! has_web || web_fits || web_is unfit; }
web_takes_set() {
  why='Apache would not load the new set'
  ! has_web || web_fits
}
# A graceful reload ends no connection, and may be done twice. What InfinityOne serves is not taken back for it.
reload_web() {
  has_web || return 0
  if web_fits && within 60 sh -c "$(plan web_reload)" </dev/null >>"$here/log" 2>&1; then web_is reloaded; else web_is stale; fi
}

# --- the activation ------------------------------------------------------------------------------------------------------------

refuse() {
  undo || { enter down "$1; the old files could not be put back"; return; }
  enter refused "$1"
}
# restore WHY SECONDS: the old set back, and the service on it. It is restarted only if it does not already serve the old set, after SECONDS
# in which it may still be starting from a reboot. Two attempts: worse than down it cannot get.
restore() {
  enter restoring "$1"
  undo || { enter down "$1; the old files could not be put back"; return; }
  reload_web
  if come_up "$2" && { serves old || serves old; }; then enter restored "$1"; return; fi
  ! by_hand || { hand_back "$1"; return; }
  for attempt in 1 2; do
    restart
    if come_up "$(plan restart_timeout)" && prove old; then enter restored "$1"; return; fi
  done
  enter down "$1; the service does not come up with the old set either"
}
# How long a service may still be on its way up after a reboot, before it is taken for down.
patience() { if [ "$(plan restart_timeout)" -lt 15 ]; then plan restart_timeout; else echo 15; fi; }
# The window is the customer's; seconds since the activation was begun, so that a wrong clock of the server does not matter.
too_late() { ! read -r deadline 2>/dev/null <"$here/deadline" || [ -z "$deadline" ] || [ "$(date +%s)" -ge "$deadline" ]; }
first() {
  undo
  if too_late; then enter restored 'the window had closed before anything was touched'; return; fi
  check_staged "$set" "$(plan fingerprint)" && find_files && check_live && prepare || { refuse "$why"; return; }
  meet_web
  [ "$(verdict)" != restore ] || { refuse 'asked to restore before anything was touched'; return; }
  if swapped && serves new; then
    undo
  else
    enter swapping '' || { refuse 'the state could not be written'; return; }
    swap || { restore 'the files could not be exchanged' 0; return; }
    web_takes_set || { refuse "$why"; return; }
    enter restarting ''
    picks_up || restart
  fi
  rise
}
# After a cut while restarting. A restart that was begun is never begun again; and a service that serves the new leaf has been restarted by
# a reboot in between.
again() {
  if [ ! -f "$here/restarting" ] && ! { come_up "$(plan restart_timeout)" && look && shows new; }; then
    if too_late; then restore 'the window had closed before the restart' 0; return; fi
    web_takes_set || { refuse "$why"; return; }
    restart
  fi
  rise
}
rise() {
  if by_hand && [ "$(phase)" = restarting ]; then hand_pressed || { restore "$why" 0; return; }; fi
  come_up "$(plan restart_timeout)" || { restore 'the service did not come up with the new set' 0; return; }
  enter proving ''
  prove new || { restore 'the service does not serve the new set' 0; return; }
  reload_web
  enter awaiting-commit ''
  wait_for_verdict
}
wait_for_verdict() {
  until=$(($(tick) + $(plan commit_timeout)))
  while :; do
    case $(verdict) in
      commit) finish; return ;;
      restore) restore 'asked to restore' 0; return ;;
    esac
    [ "$(tick)" -lt "$until" ] || break
    nap 0.2
  done
  for try in 1 2 3; do
    if up && serves new; then enter awaiting-commit 'no commit mark; kept, because the server proves the new set itself'; return; fi
    nap 1
  done
  restore 'no commit mark, and the server does not prove the new set itself' 0
}
# What older activations left goes.
finish() {
  put_away
  enter committed ''
  for other in "$base"/activations/*; do
    [ "$other" = "$here" ] && continue
    rm -rf "$other/before"
    gone=$(value "$other/plan" fingerprint)
    [ -z "$gone" ] || [ "$gone" = "$(plan fingerprint)" ] || rm -rf "$base/sets/$gone"
  done
  rm -rf "$base"/activations/.new.*
  ls -t "$base/activations" | tail -n +21 | while read -r other; do rm -rf "$base/activations/$other"; done
}
work() {
  take_lock || exit 0
  set=$base/sets/$(plan fingerprint)
  case $(phase) in
    checking) first ;;
    swapping | restarting)
      if [ "$(verdict)" = restore ]; then
        restore 'asked to restore' "$(patience)"
      elif swapped; then
        enter restarting ''
        again
      else
        restore 'cut off before the files were exchanged; undone' "$(patience)"
      fi
      ;;
    proving) rise ;;
    awaiting-commit) wait_for_verdict ;;
    restoring) restore "$(value "$here/state" why)" "$(patience)" ;;
  esac
}

# --- verbs ---------------------------------------------------------------------------------------------------------------------

show() {
  cat "$here/state"
  if [ -f "$here/restarting" ] || pressed; then echo restarted=yes; else echo restarted=no; fi
  if running; then echo running=yes; else echo running=no; fi
  echo "web=$(web_state)"
  echo "hand=$(hand_state)"
}
# Starts a worker that outlives this connection and waits a moment until it is seen; a second one if the first dies at once.
ensure_worker() {
  starts=0 tries=0
  while ! settled && ! running && [ "$tries" -lt 100 ]; do
    if [ "$starts" -eq 0 ] || ! kill -0 "$worker" 2>/dev/null; then
      [ "$starts" -lt 2 ] || return
      starts=$((starts + 1))
      start_worker
    fi
    tries=$((tries + 1))
    nap 0.05
  done
}
start_worker() {
  session=$(command -v setsid)
  (trap '' HUP && exec $session sh "$here/activate.sh" work) </dev/null >>"$here/log" 2>&1 &
  worker=$!
}
begin() {
  case $1 in '' | .* | -* | *[!A-Za-z0-9._-]*) fail 'the id of an activation is made of letters, digits, dot, dash and underscore' ;; esac
  id=$1
  other=$(grep -lE '^phase=(checking|swapping|restarting|proving|awaiting-commit|restoring)$' "$base"/activations/*/state 2>/dev/null | grep -vF "/activations/$id/state" | sed -n 1p)
  if [ ! -f "$base/activations/$id/plan" ]; then
    [ -z "$other" ] || fail "activation $(value "$other" id) has not settled"
    fresh=$base/activations/.new.$$
    rm -rf "$fresh"
    mkdir -p "$fresh" && cat >"$fresh/plan" && cp "$here/activate.sh" "$here/exchange.sh" "$fresh/" || fail 'the activation could not be written'
    grep -qx 'end=yes' "$fresh/plan" || { rm -rf "$fresh"; fail 'the plan is not complete'; }
    echo $(($(date +%s) + $(value "$fresh/plan" restart_within))) >"$fresh/deadline"
    set_here=$here here=$fresh
    enter checking '' >/dev/null
    here=$set_here
    [ -d "$base/activations/$id" ] || mv "$fresh" "$base/activations/$id"
    keep "$base/activations"
  fi
  exec sh "$base/activations/$id/activate.sh" resume
}
tell() {
  echo "$1" >"$here/.verdict.$$" && ln "$here/.verdict.$$" "$here/verdict" 2>/dev/null
  rm -f "$here/.verdict.$$"
  keep "$here"
  turns=0
  while ! settled && [ "$turns" -lt 60 ]; do
    running || ensure_worker
    turns=$((turns + 1))
    nap 0.05
  done
}

case ${1-} in
  verify)
    check_staged "$here" "${2-}" || fail "$why"
    [ -z "${3-}" ] || { chgrp "$3" "$here/key.pem" 2>/dev/null && chmod 640 "$here/key.pem"; } || fail "the key cannot be given to the group $3"
    echo verified=yes
    ;;
  begin) begin "${2-}" ;;
  resume)
    settled || { echo "$id" >"$base/current.$$" && mv -f "$base/current.$$" "$base/current"; }
    ensure_worker
    show
    ;;
  commit | restore)
    settled || tell "$1"
    show
    ;;
  state) show ;;
  work) work ;;
  run-restart) run_restart ;;
  *) fail 'unknown verb' ;;
esac
exit 0
