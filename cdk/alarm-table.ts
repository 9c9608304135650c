// Every alarm by its name, which is its heading in docs/runbook.md: what is counted, and from how many on a person must look.

import { logFields, ROLLED_BACK } from '../lambdas/settings.ts';

/** Lines of the functions' log that are counted. */
export interface LogAlarm {
  readonly name: string;
  /** For whoever gets the mail; one sentence. */
  readonly meaning: string;
  readonly codes?: readonly string[];
  readonly sentences?: readonly string[];
  /** Lines in `minutes`, from which on it rings. */
  readonly atLeast: number;
  readonly minutes: number;
}

export const logAlarms: readonly LogAlarm[] = [
  {
    name: 'renewal-given-up',
    meaning: 'A certificate has ended and its renewal is no longer tried.',
    sentences: ['renewal given up'],
    atLeast: 1,
    minutes: 60,
  },
  {
    name: 'order-abandoned',
    meaning: 'The run of an order failed or was stopped; the order is closed and the old certificate served.',
    sentences: ['order abandoned by its execution'],
    atLeast: 1,
    minutes: 15,
  },
  {
    name: 'activation-rolled-back',
    meaning: 'A server was restarted, the new certificate was not served, and the old one was put back.',
    sentences: [ROLLED_BACK],
    codes: ['activation-rolled-back', 'service-down', 'standby-failed'],
    atLeast: 1,
    minutes: 5,
  },
  {
    name: 'authority-refuses',
    meaning: 'An authority refuses us: the account, the names, or too many orders.',
    codes: ['ca-refused', 'ca-account-refused', 'ca-rate-limited', 'ca-profile-refused', 'ca-answer-malformed'],
    atLeast: 3,
    minutes: 60,
  },
  {
    name: 'authority-away',
    meaning: 'An authority has not answered for an hour.',
    codes: ['ca-unreachable', 'ca-busy'],
    atLeast: 20,
    minutes: 60,
  },
  {
    name: 'route53-throttles',
    meaning: 'Route 53 turns our requests away faster than they can be repeated.',
    codes: ['dns-throttled'],
    atLeast: 3,
    minutes: 15,
  },
  {
    name: 'mail-comes-back',
    meaning: 'Mails that were taken over came back, or were called unwanted: people do not know of restarts.',
    sentences: ['mail came back'],
    atLeast: 3,
    minutes: 60,
  },
  {
    name: 'ssh-authentication-refused',
    meaning: 'A server refuses our SSH key.',
    codes: ['ssh-authentication-refused', 'ssh-stopped'],
    atLeast: 1,
    minutes: 15,
  },
  {
    name: 'host-key-changed',
    meaning: 'A server shows another host key than the one we know: it was set up anew, or it is not the server.',
    codes: ['host-key-mismatch'],
    atLeast: 1,
    minutes: 15,
  },
  {
    name: 'event-given-up',
    meaning: 'A webhook has not taken an event for three days; the order system does not know.',
    sentences: ['event given up'],
    atLeast: 1,
    minutes: 60,
  },
  {
    name: 'bug',
    meaning: 'Something failed that has no problem code.',
    sentences: ['step failed without a problem code', 'request failed', 'event could not be tried'],
    atLeast: 1,
    minutes: 15,
  },
];

/** As CloudWatch Logs filters JSON lines. */
export function patternOf({ codes = [], sentences = [] }: LogAlarm): string {
  const terms = [
    ...codes.map((code) => `$.${logFields.code} = "${code}"`),
    ...sentences.map((sentence) => `$.${logFields.sentence} = "${sentence}"`),
  ];
  return `{ ${terms.map((term) => `(${term})`).join(' || ')} }`;
}

/** Those that look at something else than lines of the log. */
export const otherAlarms = {
  'served-certificate-near-its-end': 'A certificate that is served has less lifetime left than it ever should.',
  'order-past-its-window': 'The restart window of an order has ended and nobody knows how it went.',
  'execution-failed': 'A durable execution failed or timed out.',
  'failures-left': 'Something failed for good and lies in the queue of failures.',
  'api-fails': 'The API answers with errors of its own.',
} as const;

/**
 * A tenth of the lifetime, when our people are told that a renewal takes too long (`OVERDUE_SHARE`, held equal by a test): shares of a
 * lifetime, not days.
 */
export const LEAST_LIFETIME_SHARE = 1 / 10;

export function didNotRun(schedule: string): string {
  return `${schedule}-did-not-run`;
}
