// Every dial of the CA, turned under the whole service: what passes is waited for, what does not stops the order, and nothing is finalized twice.

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AcmeAuthorities } from '../../src/adapters/acme/acme-authorities.ts';
import type { CaChainKind, CaDials, CaFault, CaFaultKind } from '../../src/sandbox/ca/ca-dials.ts';
import type { OrderAnswer } from '../../src/sandbox/order-client.ts';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { AUTHORITY } from '../../src/sandbox/sandbox-service.ts';
import { proveServed } from '../../src/sandbox/served-proof.ts';
import { answerChallenges } from '../../src/steps/answer-challenges.ts';
import { finalizeAcmeOrder } from '../../src/steps/finalize-acme-order.ts';
import { placeAcmeOrder } from '../../src/steps/place-acme-order.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';
import { expectUntouched } from '../support/stopped-order.ts';

describe.concurrent('an order stops, and the old certificate stays served, when the CA', patient, () => {
  const stops: readonly { when: string; ca: Partial<CaDials>; code: string }[] = [
    { when: 'offers only a challenge we never answer', ca: { offerOnlyHttp01: true }, code: 'ca-no-usable-challenge' },
    { when: 'does not issue for the name', ca: { refuseNames: [NORTHWIND.zone] }, code: 'ca-name-refused' },
    { when: 'finds CAA against it', ca: { refuseCaa: true }, code: 'ca-caa-forbids' },
    { when: 'cannot issue what it accepted', ca: { failIssuance: true }, code: 'ca-order-invalid' },
    {
      when: 'asks for an external account that nobody has',
      ca: { externalAccounts: { 'partner-7': 'AAAA' }, externalAccountsSingleUse: true },
      code: 'ca-account-refused',
    },
    { when: 'issues a leaf born expired', ca: { lifetimeDays: -1 }, code: 'chain-not-acceptable' },
    { when: 'leaves the intermediate out', ca: { chain: 'leaf-only' }, code: 'chain-not-acceptable' },
  ];
  it.for(stops)('$when: $code', async ({ ca, code }) => {
    await using run = await SandboxRun.start({ dials: { ca } });
    const servedBefore = run.outside.ucx.served();
    const order = await run.fulfil();
    await expectUntouched(run, order, { code, servedBefore });
    expect(run.effects().finalized.filter((times) => times > 1)).toEqual([]);
  });
});

/** What the finalizing step makes of each chain; a chain that was cut or garbled on its way is asked for again. */
const chains: Readonly<Record<CaChainKind, string>> = {
  'leaf-only': 'chain-not-acceptable',
  'wrong-order': 'ca-answer-malformed',
  'other-intermediate': 'chain-not-acceptable',
  'other-key': 'chain-not-acceptable',
  'other-names': 'chain-not-acceptable',
  'private-key-block': 'ca-answer-malformed',
  'text-between': 'ca-answer-malformed',
  'thousand-blocks': 'ca-answer-malformed',
  'not-pem': 'ca-answer-malformed',
  'with-root': 'done',
  right: 'done',
};

describe.concurrent('the chain the CA sends', patient, () => {
  it('is kept only if phones would accept it, and never finalized again for that', async () => {
    await using run = await SandboxRun.start({ dials: { ca: { chain: 'leaf-only' } } });
    const stopped = await run.fulfil();
    const seen: Record<string, string> = {};
    for (const kind of Object.keys(chains) as CaChainKind[]) {
      if (chains[kind] === 'done' && kind !== 'right') continue;
      run.outside.ca.turn({ chain: kind });
      const result = await finalizeAcmeOrder(run.stepInput(stopped.id), run.service.services);
      seen[kind] = result.kind === 'problem' ? result.problem.code : result.kind;
    }
    expect(seen).toEqual(Object.fromEntries(Object.entries(chains).filter(([kind]) => kind in seen)));
    expect(run.effects().finalized).toEqual([1]);
  });

  it('loses a root that was sent along, which no server should send', async () => {
    await using run = await SandboxRun.start({ dials: { ca: { chain: 'with-root' } } });
    const order = await run.obtain();
    const { root, profile } = run.outside.ucx;
    expect(profile.stagingFolder.startsWith(root)).toBe(true);
    const staged = await readFile(`${profile.stagingFolder}/sets/${order.fingerprint}/chain.pem`, 'utf8');
    expect(staged.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });
});

describe.concurrent('an order goes on by itself when the CA', patient, () => {
  it('sets a rate limit, after the time it asked for and without hammering', async () => {
    const rateLimit = { type: 'rateLimited', retryAfterSeconds: 2, operations: ['newOrder'] } as const;
    await using run = await SandboxRun.start({ dials: { ca: { rateLimit } } });
    const id = await run.place();
    await run.until(id, (order) => codesOf(order, 'place-acme-order').includes('ca-rate-limited'));
    run.outside.ca.turn({ rateLimit: false });
    const order = await run.issued(id);
    const placed = order.timeline.find(({ step }) => step === 'place-acme-order');
    const tookMs = Date.parse(placed?.endedAt ?? '') - Date.parse(placed?.startedAt ?? '');
    expect(tookMs).toBeGreaterThanOrEqual(2_000);
    expect(placed?.attempts).toBe(2);
    expect(run.outside.ca.count('rateLimited')).toBe(1);
  });

  it('is slow, refuses nonces, dates its Retry-After and has changed its intermediate', async () => {
    await using run = await SandboxRun.start({
      dials: {
        ca: {
          refuseNonces: 0.3,
          validationDelayMs: [400, 400],
          finalizeDelayMs: [400, 400],
          retryAfterSeconds: 1,
          retryAfterAsDate: true,
          intermediateChanged: true,
          lifetimeDays: 6,
        },
      },
    });
    const { ca, ucx } = run.outside;
    const order = await run.fulfil();
    expect(order.state, JSON.stringify(order.problem)).toBe('done');
    expect(run.effects()).toMatchObject({ finalized: [1], restarts: 1, served: order.fingerprint });
    expect(ca.count('refusedNonces')).toBeGreaterThan(0);
    const proof = await proveServed(NORTHWIND.hostname, ucx.outsidePort, ca.rootPem);
    expect(proof.path).toEqual(['CN=pbx.northwind.test', expect.stringMatching(/ B$/), expect.stringMatching(/Root/)]);
  });

  it('says nothing of when to come back, and takes over a proof it has: nothing is proven again', async () => {
    const slow = [300, 300] as const;
    await using run = await SandboxRun.start({
      dials: {
        ca: { retryAfterSeconds: undefined, validationDelayMs: slow, finalizeDelayMs: slow, reuseAuthorizations: 1 },
      },
    });
    const orders = [await run.obtain(), await run.issued(await run.place())];
    expect(run.outside.ca.count('validations')).toBe(1);
    expect(new Set(orders.map(({ fingerprint }) => fingerprint)).size).toBe(2);
    expect(run.effects().finalized).toEqual([1, 1]);
  });

  it('offers and advises what a first order has no use for', async () => {
    await using run = await SandboxRun.start({
      dials: {
        ca: {
          suggestedWindow: 'garbage',
          earlyWindows: 1,
          renewalRetryAfterSeconds: undefined,
          profiles: ['shortlived'],
          alternateChains: true,
          ordersPerPage: 1,
          letsEncryptLimits: true,
        },
      },
    });
    await run.obtain();
    expect(run.effects().finalized).toEqual([1]);
  });

  it.for(['gone', 'invalid'] as const)('says that the acmeOrder is %s: another one is placed', async (said) => {
    await using run = await SandboxRun.start({ dials: { ca: { orderLifetimeSeconds: 0, expiredOrders: said } } });
    const id = await run.place();
    await run.until(id, (order) => codesOf(order, 'answer-challenges').includes('ca-order-gone'));
    run.outside.ca.turn({ orderLifetimeSeconds: 3600 });
    const order = await run.issued(id);
    expect(order.timeline.filter(({ step }) => step === 'place-acme-order').length).toBeGreaterThanOrEqual(2);
    expect(run.effects().finalized.reduce((all, times) => all + times)).toBe(1);
  });
});

describe.concurrent('an acmeOrder that ends unproven stops the order for a person', patient, () => {
  const ends: readonly { when: string; ca: Partial<CaDials>; code: string }[] = [
    { when: 'because its time is over, three times', ca: { orderLifetimeSeconds: 0 }, code: 'ca-order-gone' },
    { when: 'because the proof has lapsed', ca: { authorizationLifetimeSeconds: 0 }, code: 'ca-order-invalid' },
  ];
  it.for(ends)('$when', async ({ ca, code }) => {
    await using run = await SandboxRun.start({ dials: { ca } });
    const servedBefore = run.outside.ucx.served();
    await expectUntouched(run, await run.fulfil(), { code, servedBefore });
  });
});

/** Each fault happens once, at a request of the step that stands there; no more than two a step, because each costs a pause. */
const faults: readonly (readonly CaFault[])[] = [
  [
    { operation: 'newNonce', kind: 'drop' },
    { operation: 'newOrder', kind: 'drop-after' },
    { operation: 'authorization', kind: 'gateway-page' },
    { operation: 'challenge', kind: 'server-error' },
    { operation: 'finalize', kind: 'drop-after' },
    { operation: 'certificate', kind: 'not-json' },
  ],
  [
    { operation: 'directory', kind: 'empty' },
    { operation: 'newOrder', kind: 'no-location' },
    { operation: 'challenge', kind: 'slow', slowMs: 200 },
    { operation: 'authorization', kind: 'wrong-shape' },
    { operation: 'finalize', kind: 'no-nonce' },
    { operation: 'certificate', kind: 'endless' },
  ],
  [
    { operation: 'newAccount', kind: 'unavailable' },
    { operation: 'newOrder', kind: 'foreign-urls' },
    { operation: 'order', kind: 'redirect' },
    { operation: 'finalize', kind: 'not-json' },
  ],
];

/** They would cost a deadline each; they are met by a step whose deadline is short. */
const hanging: readonly CaFault[] = [
  { operation: 'newOrder', kind: 'hang' },
  { operation: 'finalize', kind: 'hang-after' },
];

describe.concurrent('a fault of the CA', patient, () => {
  it('of every kind is met', () => {
    const kinds: Readonly<Record<CaFaultKind, true>> = {
      ...{ hang: true, 'hang-after': true, drop: true, 'drop-after': true, 'server-error': true, unavailable: true },
      ...{ 'gateway-page': true, redirect: true, slow: true, 'not-json': true, empty: true, 'wrong-shape': true },
      ...{ endless: true, 'foreign-urls': true, 'no-location': true, 'no-nonce': true },
    };
    const met = new Set([...faults.flat(), ...hanging].map(({ kind }) => kind));
    expect([...met].sort()).toEqual(Object.keys(kinds).sort());
  });

  it.for(faults.map((some) => ({ some, kinds: some.map(({ kind }) => kind).join(', ') })))(
    'delays the order and finalizes nothing twice: $kinds',
    async ({ some }) => {
      await using run = await SandboxRun.start({
        dials: { ca: { faults: some.map((fault) => ({ ...fault, times: 1 })) } },
      });
      await run.issued(await run.place());
      expect(run.effects().finalized.filter((times) => times > 0)).toEqual([1]);
    },
  );

  it('that never answers ends at our deadline; what it was told all the same counts', async () => {
    await using run = await SandboxRun.start({ dials: { ca: { failIssuance: true } } });
    const { ca, network } = run.outside;
    const stopped = await run.fulfil();
    ca.turn({ failIssuance: false });
    const settings = { [AUTHORITY]: { directoryUrl: ca.directoryUrl, roots: [ca.tlsRootPem], timeoutMs: 400 } };
    const { services } = run.service;
    const impatient = { ...services, authorities: new AcmeAuthorities({ network, settings }) };
    const place = { ...run.stepInput(stopped.id), round: 2 };
    const unheard = { kind: 'problem', problem: { code: 'ca-unreachable', retry: 'later' } };

    ca.turn({ faults: hanging.map((fault) => ({ ...fault, times: 1 })) });
    expect(await placeAcmeOrder(place, impatient)).toMatchObject(unheard);
    await untilDone(() => placeAcmeOrder(place, services));
    await untilDone(() => answerChallenges(place, services));
    expect(await finalizeAcmeOrder(place, impatient)).toMatchObject(unheard);
    await untilDone(() => finalizeAcmeOrder(place, services));
    expect(run.effects().finalized.filter((times) => times > 0)).toEqual([1, 1]);
  });
});

/** As the workflow does, without its pauses. */
async function untilDone(step: () => Promise<{ readonly kind: string }>): Promise<void> {
  const seen: unknown[] = [];
  while (seen.length < 5) {
    const result = await step();
    if (result.kind === 'done') return;
    seen.push(result);
  }
  throw new Error(`never done: ${JSON.stringify(seen)}`);
}

/** Codes a step has met and may have left behind since. */
function codesOf(order: OrderAnswer, step: string): readonly string[] {
  return order.timeline.filter((entry) => entry.step === step).flatMap(({ problem }) => problem?.code ?? []);
}
