// The schedule of bypasses: reminds while one is open, escalates when its end has passed, and asks for it to be switched off when it is good for nothing.

import { type Bypass, planBypass, toldBy } from '../domain/bypass.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import type { Item } from '../ports/inventory.ts';
import { BYPASS_SHELF, bypassKey } from '../steps/bypass-records.ts';
import { changeItem } from '../steps/records.ts';
import { sendNotice } from '../steps/send-notice.ts';
import type { Services } from '../steps/services.ts';
import { eachDue } from './due-items.ts';

type Needs = Pick<Services, 'inventory' | 'mail' | 'clock' | 'linkKeys' | 'log' | 'settings'>;

/** A visit no workflow uses, so that the timeline shows who told. */
const BYPASS_VISIT = 9_999_993;

/** Whom no mail reaches now is tried again then. */
const TRY_AGAIN_MS = 3_600_000;

/** Each notice once: its number is that of the moment it is about, and is kept after it was sent. */
export async function watchBypasses(now: Date, services: Needs): Promise<{ readonly told: number }> {
  let told = 0;
  await eachDue<Bypass>(services.inventory, { shelf: BYPASS_SHELF, until: now }, async (item) => {
    try {
      if (await look(item, now, services)) told += 1;
    } catch (error) {
      if (problemCode(error) === 'item-changed') return;
      services.log.error('bypass could not be looked at', { hostname: item.value.hostname, error: String(error) });
    }
  });
  return { told };
}

async function look(item: Item<Bypass>, now: Date, services: Needs): Promise<boolean> {
  const bypass = item.value;
  const plan = planBypass(bypass, now);
  if (plan.act === 'over') {
    await services.inventory.replace(item, bypass, {});
    return false;
  }
  const lookAt = (at: Date, value: Bypass) =>
    services.inventory.replace(item, value, { due: { shelf: BYPASS_SHELF, at } });
  if (plan.act === 'wait') {
    await lookAt(plan.until, bypass);
    return false;
  }
  const { partner, orderId, reason, until } = bypass;
  const number = toldBy(bypass, now);
  const why = `it was asked for because: ${reason}; its end is ${until}`;
  const sent = await sendNotice({ partner, orderId, visit: BYPASS_VISIT, notice: plan.notice, number, why }, services);
  if (sent.kind !== 'done') {
    await lookAt(new Date(now.getTime() + TRY_AGAIN_MS), bypass);
    return false;
  }
  await lookAt(plan.nextAt, { ...bypass, told: number });
  return true;
}

/** Somebody says it is off; nobody can see that from here, so it is kept as said. `not-found` where none is recorded. */
export async function switchBypassOff(
  partner: string,
  hostname: string,
  { inventory, clock }: Pick<Services, 'inventory' | 'clock'>,
): Promise<Bypass> {
  const key = bypassKey(partner, hostname);
  if ((await inventory.find(key)) === undefined)
    throw new Problem('not-found', `no bypass is recorded for ${quoted(hostname)}`);
  const at = clock.now().toISOString();
  return changeItem(
    inventory,
    key,
    (bypass) => (bypass.offAt === undefined ? { ...bypass, offAt: at } : bypass),
    () => ({}),
  );
}
