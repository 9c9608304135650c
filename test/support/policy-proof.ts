// What must hold for a policy and a renewal under it, whatever they are: judged, planned and kept, against the oracle.

import { problemCode } from '../../src/domain/problem.ts';
import { longestOf, type PolicyCase, pick, policyCase, TRIED_DAYS, WALL_DAYS, whole } from './policy-cases.ts';
import { type Decisions, type Ending, runRestart } from './restart-run.ts';
import { dueFromMs, gapsOf, LIFETIMES, leadMinutes, ROOM, slackMinutes } from './window-oracle.ts';

export interface Proof {
  readonly isAccepted: boolean;
  readonly ending: 'restarted' | 'needs-attention' | undefined;
  /** Sentences about what does not hold; none when all is well. */
  readonly wrong: readonly string[];
}

const DAY = 1440;
const MINUTE_MS = 60_000;

export function provePolicy(decisions: Decisions, seed: number, number: number): Proof {
  const one = policyCase(seed, number);
  const judged = judge(decisions, one);
  const wrong = judged.code === undefined ? [] : wronglyRefused(judged, one);
  if (judged.code !== undefined) return { isAccepted: false, ending: undefined, wrong: named(wrong, one, number) };
  const kept = keep(decisions, one);
  return {
    isAccepted: true,
    ending: kept.ending,
    wrong: named([...wronglyAccepted(one), ...kept.wrong], one, number),
  };
}

interface Judged {
  readonly code: string | undefined;
  readonly message: string;
}

function judge(decisions: Decisions, { policy, wall, setAt }: PolicyCase): Judged {
  try {
    decisions.judgePolicy(policy, new Date(wall.startMs + setAt * MINUTE_MS), 'windowPolicy');
    return { code: undefined, message: '' };
  } catch (error) {
    const code = problemCode(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    return { code, message: error.message };
  }
}

interface Wait {
  readonly days: number;
  readonly minutes: number;
  readonly from: number;
}

/**
 * For each lifetime the longest wait that begins within so many days: the notice, and from just after a minute in which a restart may begin
 * the way to the next. The weekly windows must do for all, a frozen day only for what may be due by then.
 */
function waitsOf(one: PolicyCase, days: number): readonly Wait[] {
  const { policy, wall, setAt, minutes, unfrozen } = one;
  const lead = leadMinutes(policy);
  const from = Math.ceil(setAt + lead);
  const everyWeek = gapsOf(unfrozen, from, days * DAY);
  return LIFETIMES.map((lifetime) => {
    const dueFrom = Math.ceil((dueFromMs(lifetime.days) - wall.startMs) / MINUTE_MS + lead);
    const start = Math.max(from, dueFrom);
    const frozen = minutes === unfrozen ? [] : gapsOf(minutes, start, from + days * DAY - start);
    const gap = longestOf([...everyWeek, ...frozen]) ?? { from, to: from };
    return { days: lifetime.days, minutes: lead + gap.to - gap.from + ROOM, from: gap.from };
  });
}

function isTooLong({ days, minutes }: Wait): boolean {
  return minutes > slackMinutes(days);
}

function wronglyAccepted(one: PolicyCase): readonly string[] {
  if (!one.unfrozen.includes(1)) return ['accepted, and never opens'];
  return waitsOf(one, TRIED_DAYS)
    .filter(isTooLong)
    .map(({ days, minutes, from }) => `accepted, and ${days} days wait ${minutes} minutes from ${at(one, from)}`);
}

/**
 * Whoever is refused must be told of a moment, in what is judged, from which no restart comes in time, and what would be long enough.
 * What is judged ends between two days of ours.
 */
function wronglyRefused({ code, message }: Judged, one: PolicyCase): readonly string[] {
  if (code === 'window-never-opens') return one.unfrozen.includes(1) ? ['never opens, and does'] : [];
  const answers = [TRIED_DAYS, WALL_DAYS - 70].map((days) => waitsOf(one, days).filter(isTooLong));
  if (answers.every((tooLong) => tooLong.length === 0)) return [`refused, and always comes in time: ${message}`];
  const says = answers.map((tooLong) => {
    const worst = Math.max(...tooLong.map(({ minutes }) => minutes));
    const fits = LIFETIMES.map(({ days }) => days).filter((days) => worst <= slackMinutes(days));
    return fits.length === 0 ? 'it fits no lifetime in use' : `it fits lifetimes from ${fits.at(-1)} days`;
  });
  return says.some((end) => message.endsWith(end)) ? [] : [`does not say that ${says[0]}: ${message}`];
}

/** A renewal under an accepted policy: at the worst moment or at any, in time or late, with people who answer or do not. */
function keep(decisions: Decisions, one: PolicyCase): Pick<Proof, 'ending' | 'wrong'> {
  const { policy, minutes, wall, setAt, luck } = one;
  const lead = leadMinutes(policy);
  const longest = longestOf(gapsOf(minutes, Math.ceil(setAt + lead), TRIED_DAYS * DAY));
  const earliest =
    luck() < 0.5 && longest !== undefined
      ? Math.min(longest.from + 1, setAt + Math.ceil(lead) + TRIED_DAYS * DAY)
      : setAt + Math.ceil(lead) + whole(luck, TRIED_DAYS * DAY);
  const startsAt = wall.startMs + (earliest - lead) * MINUTE_MS;
  const lifetime = pick(
    LIFETIMES.map(({ days }) => days).filter((days) => policy.freezeDates === undefined || dueFromMs(days) <= startsAt),
    luck,
  );
  const isDueOnTime = luck() < 0.7;
  // Late ones mostly very late, where an emergency is near.
  const left = isDueOnTime ? slackMinutes(lifetime) : luck() ** (1 + whole(luck, 4)) * slackMinutes(lifetime);
  const lastSafe = luck() < 0.1 ? undefined : new Date(Math.floor(startsAt + left * MINUTE_MS));
  const answers = luck() < 0.7;
  const run = runRestart(decisions, policy, {
    lastSafe,
    startsAt: new Date(startsAt),
    confirmedAfterMs: answers ? luck() * lead * MINUTE_MS : luck() < 0.5 ? undefined : luck() * 20 * DAY * MINUTE_MS,
    quietAfterMs: answers ? 0 : luck() < 0.5 ? undefined : luck() * 3 * 3_600_000,
  });

  const wrong: string[] = [];
  const inTime = firstInTime(one, startsAt, lastSafe);
  const isEmergency = policy.emergency === 'restart' && inTime === undefined;
  const { first, ending } = run;
  if ((first?.isEmergency ?? false) !== isEmergency) wrong.push(`${isEmergency ? 'is an' : 'is no'} emergency`);
  if (!isEmergency && first?.opensAt.getTime() !== inTime?.getTime())
    wrong.push(`opens ${first?.opensAt.toISOString()}, not ${inTime?.toISOString()}`);
  if (isDueOnTime && inTime === undefined) wrong.push('was accepted, is due on time, and nothing fits');
  const most = policy.maxPostponements ?? 9;
  if (ending.number - 1 > most) wrong.push(`is put off ${ending.number - 1} times, not ${most}`);
  if (ending.kind === 'restarted')
    return { ending: ending.kind, wrong: [...wrong, ...wronglyRestarted(ending, one, lastSafe)] };
  if (answers && (inTime !== undefined || isEmergency)) wrong.push('is confirmed and quiet, and does not restart');
  const asksInTime = lastSafe === undefined || ending.at <= lastSafe || ending.at.getTime() <= startsAt;
  if (!asksInTime && policy.emergency !== 'restart')
    wrong.push(`asks for a person ${ending.at.toISOString()}, after the last safe date ${lastSafe.toISOString()}`);
  return { ending: ending.kind, wrong };
}

/** The first moment after the notice in which a restart may begin, if that is before the last safe date. */
function firstInTime(
  { policy, wall, minutes }: PolicyCase,
  from: number,
  lastSafe: Date | undefined,
): Date | undefined {
  const earliest = (from - wall.startMs) / MINUTE_MS + leadMinutes(policy);
  const minute = Math.floor(earliest + 1e-6);
  const isNow = minutes[minute] === 1 && (minute + 1e-6 >= earliest || minutes[minute + 1] === 1);
  const opens = isNow ? earliest : minutes.indexOf(1, minute + 1);
  const opensMs = Math.round(wall.startMs + opens * MINUTE_MS);
  if (opens < 0 || (lastSafe !== undefined && opensMs + ROOM * MINUTE_MS > lastSafe.getTime())) return undefined;
  return new Date(opensMs);
}

function wronglyRestarted(
  { at: restartedAt, toldAt, plannedAt, isConfirmed, isEmergency }: Extract<Ending, { kind: 'restarted' }>,
  one: PolicyCase,
  lastSafe: Date | undefined,
): readonly string[] {
  const { policy, wall, minutes } = one;
  const wrong: string[] = [];
  const noticeSeconds = isEmergency ? Math.min(3600, policy.minimumNoticeSeconds) : policy.minimumNoticeSeconds;
  if (restartedAt.getTime() - toldAt.getTime() < noticeSeconds * 1000) wrong.push(`told only ${toldAt.toISOString()}`);
  if (isEmergency) {
    if (policy.emergency !== 'restart') wrong.push('outside of windows, without leave');
    if (lastSafe === undefined || firstInTime(one, plannedAt.getTime(), lastSafe) !== undefined)
      wrong.push('outside of windows, with one left');
  } else {
    if (minutes[Math.floor((restartedAt.getTime() - wall.startMs) / MINUTE_MS)] !== 1)
      wrong.push('outside every window');
    if (lastSafe !== undefined && restartedAt.getTime() + ROOM * MINUTE_MS > lastSafe.getTime())
      wrong.push(`too late for ${lastSafe.toISOString()}`);
    if (policy.confirmation !== 'nobody' && !isConfirmed) wrong.push('unconfirmed');
  }
  return wrong.map((sentence) => `restarts ${restartedAt.toISOString()}, ${sentence}`);
}

function at({ wall }: PolicyCase, minute: number): string {
  return new Date(wall.startMs + minute * MINUTE_MS).toISOString();
}

function named(wrong: readonly string[], one: PolicyCase, number: number): readonly string[] {
  return wrong.map(
    (sentence) => `case ${number}, set ${at(one, one.setAt)}, ${JSON.stringify(one.policy)}: ${sentence}`,
  );
}
