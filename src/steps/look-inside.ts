// Looks at a server through SSH: what it serves to itself, what its names are, whether it reaches the push server. Changes nothing.

import { Problem, problemCode } from '../domain/problem.ts';
import { PUSH_SERVER, type ReadinessFacts } from '../domain/readiness.ts';
import { judgeNames } from '../domain/three-names.ts';
import type { LookInput } from './look-outside.ts';
import { describeEndpoint, notChecked, seen } from './look-outside.ts';
import { type ServerNeeds, withServer } from './open-server.ts';
import { changeItem, getItem, serverKey } from './records.ts';
import { seeInside } from './see-inside.ts';
import type { Services } from './services.ts';
import { done, step } from './step.ts';

type Needs = ServerNeeds & Pick<Services, 'log' | 'probes'>;

export type InsideFacts = Pick<ReadinessFacts, 'inside' | 'names' | 'pushServer'>;

/** The manual names no port of the push server; what the internet lets through everywhere is asked for. */
const PUSH_PORT = 443;

/** A server that SSH does not reach is a report without its inside, not a failure; refusals are counted as everywhere. */
export const lookInside = step('look-inside', async (input: LookInput, services: Needs) => {
  const { value: server } = await getItem(services.inventory, serverKey(input.partner, input.hostname));
  const { hostname, sitePort } = server;
  try {
    const facts = await withServer({ partner: server.partner, request: server }, services, async (appliance) => {
      const { siteUrl, hostname: ownName } = await appliance.inspect({ name: hostname, sitePort });
      const inside = await seeInside({ name: hostname, port: sitePort }, appliance, services);
      const reaches = await appliance.reaches(PUSH_SERVER, PUSH_PORT);
      const names = judgeNames({ siteUrl, hostname: ownName }, { names: [hostname, ...served(inside)], sitePort });
      return { inside, names, reaches };
    });
    const seenAt = services.clock.now().toISOString();
    await changeItem(services.inventory, serverKey(input.partner, hostname), (now) => ({
      ...now,
      names: { findings: facts.names, seenAt },
    }));
    const value: InsideFacts = {
      inside: seen(describeEndpoint(facts.inside)),
      names: seen(facts.names),
      pushServer:
        facts.reaches === undefined ? notChecked('the server has nothing to try it with') : seen(facts.reaches),
    };
    return done(value, 'looked at from inside');
  } catch (error) {
    const code = problemCode(error);
    if (code === undefined || !(error instanceof Error) || !UNSEEN.includes(code)) throw error;
    const why = error instanceof Problem ? error.message : code;
    const value: InsideFacts = { inside: notChecked(why), names: notChecked(why), pushServer: notChecked(why) };
    return done(value, `not looked at from inside: ${why}`);
  }
});

const UNSEEN: readonly string[] = [
  'server-unreachable',
  'ssh-authentication-refused',
  'ssh-stopped',
  'host-key-mismatch',
  'profile-unknown',
  'server-not-ready',
  'address-not-public',
];

/** A Site URL may name any name of the certificate in service. */
function served(sighting: Awaited<ReturnType<Services['probes']['inside']>>): readonly string[] {
  return sighting.kind === 'served' && sighting.served.trusted ? sighting.served.names.slice(0, 20) : [];
}
