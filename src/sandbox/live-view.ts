// An order's progress as a person follows it: a line for each step that ended, and one that lives while something is awaited.

import type { OrderAnswer, TimelineAnswer } from './order-client.ts';

export interface Screen {
  /** Whether the last line may be drawn anew. */
  readonly isTerminal: boolean;
  write(text: string): void;
}

const names: Readonly<Record<string, string>> = {
  'register-order': 'order taken into work',
  'check-server': 'server looked at',
  'await-dns': 'records of the customer looked at',
  'check-names': 'names looked at',
  'set-address': 'address in DNS',
  'place-acme-order': 'certificate ordered',
  'answer-challenges': 'control of the name proven',
  'finalize-acme-order': 'certificate issued',
  'stage-certificate': 'staged on the server',
  'clean-up-challenges': 'challenge taken down',
  'plan-appointment': 'restart window chosen',
  'send-notice': 'people told',
  'activate-certificate': 'activated, InfinityOne restarted',
  'settle-activation': 'seen on the wire, committed',
  'keep-certificate': 'renewal watched from now on',
  'close-order': 'order closed',
};

/** Looks that only led to another wait are left out: they say nothing new. */
const QUIET = ['review-appointment', 'await-appointment'];

export class LiveView {
  readonly #screen: Screen;
  readonly #shown = new Set<string>();
  #hasLiveLine = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Shows what is new since the last call; `now` counts the window down. */
  show(order: OrderAnswer, now: Date): void {
    for (const entry of order.timeline) this.#showEnded(entry);
    if (this.#screen.isTerminal) this.#showLive(order, now);
  }

  line(text: string): void {
    this.#clearLive();
    this.#screen.write(`${text}\n`);
  }

  #showEnded(entry: TimelineAnswer): void {
    const key = `${entry.step} ${entry.visit}`;
    if (entry.endedAt === undefined || this.#shown.has(key)) return;
    this.#shown.add(key);
    if (QUIET.includes(entry.step)) return;
    const ms = new Date(entry.endedAt).getTime() - new Date(entry.startedAt).getTime();
    const mark = entry.state === 'done' ? 'ok' : '!!';
    const said = entry.problem === undefined ? entry.summary : `${entry.problem.code}: ${entry.problem.message}`;
    const again = entry.attempts > 1 ? ` (${entry.attempts} looks)` : '';
    this.line(`  ${mark}  ${nameOf(entry.step).padEnd(34)}${seconds(ms).padStart(8)}${again}`);
    if (said !== undefined) this.line(`      ${said}`);
  }

  #showLive(order: OrderAnswer, now: Date): void {
    this.#clearLive();
    const text = describeNow(order, now);
    if (text === undefined) return;
    this.#screen.write(`  ..  ${text}`);
    this.#hasLiveLine = true;
  }

  #clearLive(): void {
    if (this.#hasLiveLine) this.#screen.write('\r\u001b[2K');
    this.#hasLiveLine = false;
  }
}

function describeNow(order: OrderAnswer, now: Date): string | undefined {
  const running = order.timeline.findLast((entry) => entry.endedAt === undefined);
  if (running !== undefined) {
    const ms = now.getTime() - new Date(running.startedAt).getTime();
    return `${nameOf(running.step)} … ${seconds(ms)}${running.summary === undefined ? '' : ` (${running.summary})`}`;
  }
  const { appointment } = order;
  if (appointment === undefined || !['proposed', 'announced', 'confirmed'].includes(appointment.state))
    return undefined;
  const ms = new Date(appointment.opensAt).getTime() - now.getTime();
  return ms > 0 ? `restart window opens in ${seconds(ms)}` : 'restart window is open';
}

function nameOf(step: string): string {
  return names[step] ?? step;
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}
