// What must hold for a policy and a renewal under it, whatever they are: judged, planned and kept, against the oracle.

import { problemCode } from '../../src/domain/problem.ts';
import { longestOf, type PolicyCase, policyCase, TRIED_DAYS, WALL_DAYS, whole } from './policy-cases.ts';
import { type Decisions, runRestart } from './restart-run.ts';
import { type Gap, gapsOf, leadMinutes, lifetimesIssuedAt, ROOM, slackMinutes } from './window-oracle.ts';

export interface Proof {
  readonly isAccepted: boolean;
  readonly ending: 'restarted' | 'needs-attention' | undefined;
  /** Sentences about what does not hold; none when all is well. */
  readonly wrong: readonly string[];
}

const DAY = 1440;
const MINUTE_MS = 60_000;
const LIFETIMES = [90, 64, 45];

export function provePolicy(decisions: Decisions, seed: number, number: number): Proof {
  const one = policyCase(seed, number);
  const judged = judge(decisions, one);
  const from = one.setAt + leadMinutes(one.policy);
  const tried = gapsOf(one.minutes, Math.ceil(from), TRIED_DAYS * DAY);
  const wrong = judged.code === undefined ? [] : wronglyRefused(judged, one, Math.ceil(from));
  if (judged.code !== undefined) return { isAccepted: false, ending: undefined, wrong: named(wrong, one, number) };
  const kept = keep(decisions, one, tried);
  return {
    isAccepted: true,
    ending: kept.ending,
    wrong: named([...wronglyAccepted(one, tried), ...kept.wrong], one, number),
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

/** From just after the last minute in which a restart may begin, one that leaves the notice comes so many minutes later. */
function waitOf({ policy }: PolicyCase, gap: Gap): number {
  return leadMinutes(policy) + gap.to - gap.from + ROOM;
}

function wronglyAccepted(one: PolicyCase, gaps: readonly Gap[]): readonly string[] {
  if (!one.minutes.includes(1)) return ['accepted, and never opens'];
  const longest = longestOf(gaps);
  if (longest === undefined || waitOf(one, longest) <= slackMinutes(45)) return [];
  return [`accepted, and waits ${waitOf(one, longest)} minutes from ${at(one, longest.from)}`];
}

/**
 * Whoever is refused must be told of a moment, in what is judged, from which no restart comes in time, and what would be long enough.
 * What is judged ends between two days of ours.
 */
function wronglyRefused({ code, message }: Judged, one: PolicyCase, from: number): readonly string[] {
  if (code === 'window-never-opens') return one.minutes.includes(1) ? ['never opens, and does'] : [];
  const answers = [TRIED_DAYS, WALL_DAYS - 70].map((days) =>
    lifetimesThatFit(one, gapsOf(one.minutes, from, days * DAY)),
  );
  if (answers.every((fits) => fits.length === LIFETIMES.length))
    return [`refused, and always comes in time: ${message}`];
  const says = answers.map((fits) =>
    fits.length === 0 ? 'it fits no lifetime in use' : `it fits lifetimes from ${fits.at(-1)} days`,
  );
  return says.some((end) => message.endsWith(end)) ? [] : [`does not say that ${says[0]}: ${message}`];
}

function lifetimesThatFit(one: PolicyCase, gaps: readonly Gap[]): readonly number[] {
  const longest = longestOf(gaps);
  const waits = longest === undefined ? 0 : waitOf(one, longest);
  return LIFETIMES.filter((days) => waits <= slackMinutes(days));
}

/** A renewal under an accepted policy: at the worst moment or at any, in time or late, with people who answer or do not. */
function keep(decisions: Decisions, one: PolicyCase, gaps: readonly Gap[]): Pick<Proof, 'ending' | 'wrong'> {
  const { policy, minutes, wall, setAt, luck } = one;
  const lead = leadMinutes(policy);
  const longest = longestOf(gaps);
  const earliest =
    luck() < 0.5 && longest !== undefined
      ? Math.min(longest.from + 1, setAt + Math.ceil(lead) + TRIED_DAYS * DAY)
      : setAt + Math.ceil(lead) + whole(luck, TRIED_DAYS * DAY);
  const startsAt = wall.startMs + (earliest - lead) * MINUTE_MS;
  const lifetimes = lifetimesIssuedAt(startsAt).slice(-2);
  const lifetime = lifetimes[whole(luck, lifetimes.length)] ?? 90;
  const isDueOnTime = luck() < 0.7;
  const left = isDueOnTime ? slackMinutes(lifetime) : luck() * slackMinutes(lifetime);
  const lastSafe = luck() < 0.1 ? undefined : new Date(Math.floor(startsAt + left * MINUTE_MS));
  const answers = luck() < 0.7;
  const run = runRestart(decisions, policy, {
    lastSafe,
    startsAt: new Date(startsAt),
    confirmedAfterMs: answers ? luck() * lead * MINUTE_MS : luck() < 0.5 ? undefined : luck() * 20 * DAY * MINUTE_MS,
    quietAfterMs: answers ? 0 : luck() < 0.5 ? undefined : luck() * 3 * 3_600_000,
  });

  const wrong: string[] = [];
  const expected = minutes.indexOf(1, earliest);
  const fits =
    expected >= 0 && (lastSafe === undefined || wall.startMs + (expected + ROOM) * MINUTE_MS <= lastSafe.getTime());
  const opensAt = fits ? wall.startMs + expected * MINUTE_MS : undefined;
  if (run.opensAt?.getTime() !== opensAt)
    wrong.push(`opens ${run.opensAt?.toISOString()}, not ${opensAt === undefined ? 'never' : at(one, expected)}`);
  if (isDueOnTime && !fits) wrong.push('was accepted, is due on time, and nothing fits');
  const { ending } = run;
  if (ending.kind === 'needs-attention') {
    if (fits && answers) wrong.push('is confirmed and quiet, and does not restart');
    if (lastSafe !== undefined && ending.at > lastSafe && ending.at.getTime() > startsAt)
      wrong.push(`asks for a person ${ending.at.toISOString()}, after the last safe date ${lastSafe.toISOString()}`);
    return { ending: ending.kind, wrong };
  }
  const minute = (ending.at.getTime() - wall.startMs) / MINUTE_MS;
  if (minutes[Math.floor(minute)] !== 1) wrong.push(`restarts outside every window: ${ending.at.toISOString()}`);
  if (ending.at.getTime() - ending.toldAt.getTime() < policy.minimumNoticeSeconds * 1000)
    wrong.push(`restarts ${ending.at.toISOString()}, told only ${ending.toldAt.toISOString()}`);
  if (lastSafe !== undefined && ending.at.getTime() + ROOM * MINUTE_MS > lastSafe.getTime())
    wrong.push(`restarts ${ending.at.toISOString()}, too late for ${lastSafe.toISOString()}`);
  if (policy.confirmation !== 'nobody' && !ending.isConfirmed) wrong.push('restarts unconfirmed');
  return { ending: ending.kind, wrong };
}

function at({ wall }: PolicyCase, minute: number): string {
  return new Date(wall.startMs + minute * MINUTE_MS).toISOString();
}

function named(wrong: readonly string[], one: PolicyCase, number: number): readonly string[] {
  return wrong.map(
    (sentence) => `case ${number}, set ${at(one, one.setAt)}, ${JSON.stringify(one.policy)}: ${sentence}`,
  );
}
