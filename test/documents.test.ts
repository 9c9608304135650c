// The documents are true: codes, numbers, commands, links and examples are those of the code.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MAX_NAMES } from '../src/adapters/acme/acme-answers.ts';
import { MAX_ALTERNATES } from '../src/adapters/acme/acme-chain-choice.ts';
import { MAX_IDLE_CONNECTIONS, MAX_IDLE_MS } from '../src/adapters/acme/acme-connections.ts';
import { DIRECTORY_AGE_MS, MAX_NONCE_RETRIES } from '../src/adapters/acme/acme-endpoint.ts';
import { DEFAULT_TIMEOUT_MS } from '../src/adapters/acme/acme-endpoints.ts';
import { DEFAULT_RETRY_AFTER_MS, MIN_RETRY_AFTER_MS } from '../src/adapters/acme/acme-renewal-advice.ts';
import { MAX_RETRY_AFTER_MS } from '../src/adapters/acme/retry-after.ts';
import { MAX_BODY_BYTES } from '../src/api/app.ts';
import { SCOPES } from '../src/api/bearer-token.ts';
import { MAX_FIELD_ERRORS } from '../src/api/field-errors.ts';
import { DEFAULT_PAGE, MAX_PAGE } from '../src/api/order-routes.ts';
import {
  MAX_ALTERNATIVE_NAMES,
  MAX_CONTACTS,
  MAX_FREEZES,
  MAX_NOTICE_SECONDS,
  MAX_WINDOWS,
  NOTICE_SECONDS,
  SITE_PORT,
} from '../src/api/order-schema.ts';
import { MAX_UPLOAD_BODY_BYTES } from '../src/api/upload-schema.ts';
import { MAX_AHEAD_MS, OFFERS_STAND_MS, RUN_NOW_MS } from '../src/domain/appointment.ts';
import { SITE_DEADLINE_MS, SITE_PAUSES } from '../src/domain/awaiting-site.ts';
import { FINDINGS } from '../src/domain/certificate-findings.ts';
import { CHASE_SHARES, URGENT_SHARE } from '../src/domain/chase.ts';
import { MAX_COMMON_NAME, MAX_NAME } from '../src/domain/dns-name.ts';
import { LIFETIME_LIMITS } from '../src/domain/leaf-rules.ts';
import { LIFETIMES_DAYS, MAX_FREEZE_AHEAD_DAYS, MAX_FREEZE_DAYS } from '../src/domain/policy-judgement.ts';
import { adviceFor, isProblemCode, problemCodes } from '../src/domain/problem.ts';
import {
  AFTER_CANCEL_MS,
  BACK_OFF_MS,
  EMERGENCY_SHARE,
  GIVE_UP_AFTER_MS,
  nextAttemptAt,
  OVERDUE_SHARE,
  RENEWAL_SHARE,
} from '../src/domain/renewal.ts';
import { EMERGENCY_NOTICE_SECONDS } from '../src/domain/restart-plan.ts';
import { MAX_POSTPONEMENTS, MINIMUM_ROOM_MS } from '../src/domain/restart-window.ts';
import { MAX_FAILED_AUTHENTICATIONS } from '../src/domain/server.ts';
import { ROTATION_DAYS } from '../src/domain/ssh-rotation.ts';
import { DELIVERY_PAUSES_MS } from '../src/domain/webhook.ts';
import { letsEncryptLimits } from '../src/sandbox/ca/lets-encrypt-limits.ts';
import { HAND_BACK_MS, POLL_MS } from '../src/steps/authority-pace.ts';
import { PICK_UP_SECONDS } from '../src/steps/drive-activation.ts';
import { RESTARTS_AT_ONCE } from '../src/steps/restart-slots.ts';
import { ApiWorld } from './support/api-world.ts';

const DAY_MS = 24 * 3_600_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const documents = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

describe('docs/problems.md', () => {
  const rows = tableRows(read('docs/problems.md')).filter(([code]) => /^`[a-z-]+`$/.test(code ?? ''));

  it('lists every code once, in the order of the code, with its status and retry', () => {
    expect(rows.map(([code, status, retry]) => [code, status, retry])).toEqual(
      problemCodes().map((code) => [`\`${code}\``, String(adviceFor(code).status), adviceFor(code).retry]),
    );
  });

  it('says of each what it means and what to do', () => {
    for (const [code, , , meaning, doing] of rows) expect([code, meaning, doing]).not.toContain('');
    expect(rows.every((row) => row.length === 5)).toBe(true);
  });

  it('knows every code that workflows and steps write down by hand', () => {
    const sources = ['src/workflows', 'src/steps'].flatMap((folder) =>
      readdirSync(join(root, folder)).map((file) => read(`${folder}/${file}`)),
    );
    const written = sources.flatMap((source) =>
      [...source.matchAll(/\bcode: '([a-z-]+)'/g)].map((match) => match[1] ?? ''),
    );
    expect(written.length).toBeGreaterThan(2);
    expect(written.filter((code) => !isProblemCode(code))).toEqual([]);
  });
});

describe('docs/api.md', () => {
  const text = read('docs/api.md');
  const world = new ApiWorld();

  it('has the numbers of the code', () => {
    const [, limits = ''] = text.split('## Limits and defaults');
    expect(Object.fromEntries(tableRows(limits).slice(2))).toEqual(
      Object.fromEntries(
        Object.entries({
          'body, bytes': MAX_BODY_BYTES,
          'body with files of a certificate, bytes': MAX_UPLOAD_BODY_BYTES,
          'hostname, characters': MAX_NAME,
          'common name, characters': MAX_COMMON_NAME,
          'site port, if left out': SITE_PORT,
          'alternative names, at most': MAX_ALTERNATIVE_NAMES,
          'contacts, at most': MAX_CONTACTS,
          'weekly windows, at most': MAX_WINDOWS,
          'freezes, at most': MAX_FREEZES,
          'days of a freeze, at most': MAX_FREEZE_DAYS,
          'a freeze ends within, days': MAX_FREEZE_AHEAD_DAYS,
          'postponements, at most and if left out': MAX_POSTPONEMENTS,
          'notice in an emergency, at least, seconds': EMERGENCY_NOTICE_SECONDS,
          'room a window must leave, minutes': MINIMUM_ROOM_MS / 60_000,
          'notice, if left out, seconds': NOTICE_SECONDS,
          'notice, at most, seconds': MAX_NOTICE_SECONDS,
          'shortest-lived certificate, days': Math.min(...LIFETIMES_DAYS),
          'move ahead, at most, days': MAX_AHEAD_MS / (24 * 3_600_000),
          'offers of a refused move stand, minutes': OFFERS_STAND_MS / 60_000,
          'run-now begins within, minutes': RUN_NOW_MS / 60_000,
          'orders on a page, if left out': DEFAULT_PAGE,
          'orders on a page, at most': MAX_PAGE,
          'fields named in one problem, at most': MAX_FIELD_ERRORS,
          'refused SSH logins until we stop': MAX_FAILED_AUTHENTICATIONS,
          'restarts of a partner at once': RESTARTS_AT_ONCE,
        }).map(([what, value]) => [what, String(value)]),
      ),
    );
  });

  it('has every scope', () => {
    const scopes = tableRows(text).flatMap(([first]) => /^`([a-z]+:[a-z]+)`$/.exec(first ?? '')?.[1] ?? []);
    expect(scopes).toEqual([...SCOPES]);
  });

  it('has every field of an order, an example that is accepted and shows the defaults', async () => {
    const example = JSON.parse(/```json\n(.*?)```/s.exec(text)?.[1] ?? '{}');
    const { json: openApi } = await world.ask('GET', '/v1/openapi.json');
    const { OrderRequest, WindowPolicy } = openApi.components.schemas;
    const fields = Object.keys(OrderRequest.properties).flatMap((field) =>
      field === 'windowPolicy' ? Object.keys(WindowPolicy.properties).map((inner) => `windowPolicy.${inner}`) : [field],
    );
    const told = tableRows(text).flatMap(([first]) => /^`([a-zA-Z.]+)`$/.exec(first ?? '')?.[1] ?? []);
    expect(told).toEqual(fields);
    // files would fill the page
    const shown = Object.keys(OrderRequest.properties).filter((field) => field !== 'certificate');
    expect(Object.keys(example)).toEqual(shown);

    expect(
      (await world.ask('POST', '/v1/orders', { body: example, headers: { 'idempotency-key': 'k1' } })).status,
    ).toBe(202);
    const { sitePort, authority, keyType, ...rest } = example;
    const { freezeDates, minimumNoticeSeconds, confirmation, maxActiveCalls, maxPostponements, emergency, ...windows } =
      rest.windowPolicy;
    const short = { ...rest, windowPolicy: windows };
    expect((await world.ask('POST', '/v1/orders', { body: short, headers: { 'idempotency-key': 'k1' } })).status).toBe(
      200,
    );
    expect([
      freezeDates,
      minimumNoticeSeconds,
      confirmation,
      maxActiveCalls,
      maxPostponements,
      emergency,
    ]).not.toContain(undefined);
    expect([sitePort, authority, keyType]).not.toContain(undefined);
  });

  it('calls every route, and none that is not there', async () => {
    const { json: openApi } = await world.ask('GET', '/v1/openapi.json');
    const routes = Object.entries<object>(openApi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const calls = [...text.matchAll(/curl (?:-X ([A-Z]+) )?"\$API(\/v1\/[^"]*)"/g)].map(
      ([, method = 'GET', path = '']) =>
        `${method} ${path.replace(/\?.*/, '').replace(/\$\w+/, '{id}').replace('pbx.northwind.test', '{hostname}')}`,
    );
    expect([...new Set(calls)].sort()).toEqual(routes.sort());
  });

  it('sends bodies that fit', async () => {
    const { id } = await world.waiting();
    const closed = await world.done();
    await world.addServer();
    const calls = [...text.matchAll(/curl -X ([A-Z]+) "\$API(\/v1\/[^"]*)"[^\n]*\\\n[^\n]*-d '(.*)'$/gm)];
    expect(calls).toHaveLength(8);
    for (const [, method = '', path = '', body = ''] of calls) {
      const { status, text: said } = await world.ask(
        method,
        path.replace('$APPOINTMENT', id).replace('$ORDER', closed),
        {
          body: JSON.parse(body),
        },
      );
      expect([path, said, status < 300]).toEqual([path, said, true]);
    }
  });
});

describe('docs/activation.md', () => {
  it('has the numbers of the code', () => {
    const text = read('docs/activation.md');
    expect(text).toContain(`waits up to ${PICK_UP_SECONDS} seconds after the exchange`);
    expect(read('docs/api.md')).toContain(`by itself within ${PICK_UP_SECONDS} seconds`);
    const pauses = SITE_PAUSES.map(({ everyMs }) => everyMs / 60_000);
    expect(pauses).toEqual([5, 60, 360]);
    expect(text).toContain('every 5 minutes, later every hour and every 6 hours');
    expect(text).toContain(`after ${SITE_DEADLINE_MS / DAY_MS} days at most`);
  });
});

describe('docs/server-account.md', () => {
  it('has the numbers of the code', () => {
    const text = read('docs/server-account.md');
    expect(text).toContain(`is tried again for ${ROTATION_DAYS} days`);
    expect(read('docs/api.md')).toContain(`(over after ${ROTATION_DAYS}\ndays or`);
  });
});

describe('docs/webhooks.md', () => {
  it('has the numbers of the code', () => {
    const [, numbers = ''] = read('docs/webhooks.md').split('## When it is not taken');
    const [firstMs = 0, ...others] = DELIVERY_PAUSES_MS;
    expect(tableRows(numbers).slice(2)).toEqual([
      ['next attempt after the first, seconds', String(firstMs / 1000)],
      ['next attempts after that, minutes', others.map((ms) => ms / 60_000).join(', ')],
      ['attempts in all', String(DELIVERY_PAUSES_MS.length + 1)],
    ]);
  });
});

describe('docs/renewal.md', () => {
  it('has the numbers of the code', () => {
    const [, numbers = ''] = read('docs/renewal.md').split('## When it fails');
    const minutes = BACK_OFF_MS.map((ms) => ms / 60_000);
    const soon = nextAttemptAt(
      { failures: 1, code: 'activation-rolled-back', endedAt: new Date(0) },
      { notBefore: new Date(0), notAfter: new Date(8e9) },
      0,
    );
    expect(tableRows(numbers).slice(2)).toEqual(
      Object.entries({
        'lifetime left when a renewal is ordered without advice, share': `1/${1 / RENEWAL_SHARE}`,
        'lifetime left at the emergency line, share, at the latest': `1/${1 / EMERGENCY_SHARE}`,
        'lifetime left when our people hear that it is overdue, share': `1/${1 / OVERDUE_SHARE}`,
        'next attempt after the 1st, 2nd, 3rd failure, minutes': minutes.slice(0, 3).join(', '),
        'next attempt after every further one, minutes': minutes.slice(3).join(', '),
        'next attempt after a restart failed, or nobody could be told, minutes': soon.getTime() / 60_000,
        'next attempt after a person cancelled the restart, days': AFTER_CANCEL_MS / DAY_MS,
        'given up after the certificate has ended, days': GIVE_UP_AFTER_MS / DAY_MS,
      }).map(([what, value]) => [what, String(value)]),
    );
  });
});

describe('docs/certificates.md', () => {
  it('has the numbers of the code', () => {
    const rows = Object.fromEntries(tableRows(read('docs/certificates.md')));
    const shares = CHASE_SHARES.map((share) => (share === 0 ? '0' : `1/${Math.round(1 / share)}`));
    expect(rows['asked for the next certificate']).toBe(shares.join(', '));
    expect(rows['urgent from']).toBe(`1/${Math.round(1 / URGENT_SHARE)}`);
  });
});

describe('docs/certificate-findings.md', () => {
  it('has every finding with what it means for the verdict and what helps, in the order of the code', () => {
    const rows = tableRows(read('docs/certificate-findings.md')).filter(([code]) => /^`[a-z-]+`$/.test(code ?? ''));
    expect(rows.map(([code, severity, , remedy]) => [code, severity, remedy])).toEqual(
      Object.entries(FINDINGS).map(([code, { severity, remedy }]) => [`\`${code}\``, severity, remedy]),
    );
    for (const [code, , meaning = ''] of rows) expect([code, meaning.length > 10]).toEqual([code, true]);
  });

  it('has the limits of a lifetime', () => {
    const rows = tableRows(read('docs/certificate-findings.md'));
    for (const { from, days } of LIFETIME_LIMITS) {
      const since = from.getTime() === 0 ? 'before' : from.toISOString().slice(0, 10);
      expect(rows).toContainEqual([since, String(days)]);
    }
  });
});

describe('docs/authorities.md', () => {
  const rows = Object.fromEntries(
    tableRows(read('docs/authorities.md')).map(([what = '', ...values]) => [what, values.join(' ')]),
  );

  it('has the numbers of the code', () => {
    const numbers = {
      'names in an order, at most': MAX_NAMES,
      'look at an authority at work again after, first, ms': POLL_MS[0],
      'longest wait inside a step, then the workflow waits, s': HAND_BACK_MS / 1_000,
      '`Retry-After` believed up to, h': MAX_RETRY_AFTER_MS / 3_600_000,
      'a refused nonce is followed by another, times': MAX_NONCE_RETRIES,
      'directory read again after, min': DIRECTORY_AGE_MS / 60_000,
      'connection used again within, s': MAX_IDLE_MS / 1_000,
      'connections that rest, at most': MAX_IDLE_CONNECTIONS,
      'alternate chains looked at, at most': MAX_ALTERNATES,
      'renewal advice asked again, not before, min': MIN_RETRY_AFTER_MS / 60_000,
      'renewal advice asked again where the authority does not say, h': DEFAULT_RETRY_AFTER_MS / 3_600_000,
    };
    for (const [what, number] of Object.entries(numbers)) expect([what, rows[what]]).toEqual([what, String(number)]);
    expect(rows['`timeoutMs`']).toContain(` ${DEFAULT_TIMEOUT_MS / 1_000} s`);
  });

  it("has Let's Encrypt's limits as the sandbox keeps them", () => {
    const limits = {
      'new orders of the account': letsEncryptLimits.newOrdersPerAccount,
      'certificates for a registered domain, all accounts together': letsEncryptLimits.certificatesPerDomain,
      'certificates for the same set of names': letsEncryptLimits.certificatesPerNameSet,
      'failed authorizations of a name': letsEncryptLimits.failedAuthorizations,
      'new accounts from one address': letsEncryptLimits.accountsPerAddress,
    };
    for (const [what, { count, periodMs }] of Object.entries(limits)) {
      const hours = periodMs / 3_600_000;
      expect([what, rows[what]]).toEqual([what, `${count} ${hours > 24 ? `${hours / 24} days` : `${hours} h`}`]);
    }
  });
});

describe('every document', () => {
  it.each(documents)('%s names only npm commands that exist', (file) => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...read(file).matchAll(/\bnpm (run [\w:-]+|start|test)(?![\w:-])/g)].map((match) =>
      match[1]?.replace('run ', ''),
    );
    expect(named.filter((name) => name === undefined || scripts[name] === undefined)).toEqual([]);
  });

  it.each(documents)('%s leads only to what is there', (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(root, dirname(file), link)))).toEqual([]);
  });
});

/** Cells of every row of every table, headings and rules included. */
function tableRows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}
