// Accounts: made, found again, changed and deactivated (RFC 8555, section 7.3).

import { randomBytes } from 'node:crypto';
import { accountObject } from './acme-objects.ts';
import { admitAccount } from './ca-rate-limits.ts';
import { type AccountRecord, atSecond } from './ca-records.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';
import { checkExternalAccount } from './check-external-account.ts';
import { parseObject } from './jws-parts.ts';

const MOST_CONTACTS = 10;

export async function serveNewAccount(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const wanted = parseObject(request.payload, 'payload');
  const known = world.store.findAccountByThumbprint(request.thumbprint);
  if (known !== undefined) return answerKnown(world, known);
  if (wanted.onlyReturnExisting === true) {
    throw new CaRefusal('accountDoesNotExist', 'no account has this key');
  }
  if (wanted.termsOfServiceAgreed !== true) {
    const links = { Link: `<${world.urls.terms()}>;rel="terms-of-service"` };
    throw new CaRefusal('userActionRequired', 'the terms of service must be agreed to', { headers: links });
  }
  const contact = checkContact(wanted.contact);
  const externalAccountKeyId = checkExternalAccount(world, {
    binding: wanted.externalAccountBinding,
    jwk: request.jwk,
  });
  const account: AccountRecord = {
    kind: 'account',
    id: newId(),
    jwk: request.jwk,
    thumbprint: request.thumbprint,
    contact,
    status: 'valid',
    createdAt: atSecond(world.now()),
    ...(externalAccountKeyId === undefined ? {} : { externalAccountKeyId }),
  };
  world.store.keep(account, ...admitAccount(world, request.address));
  return { status: 201, headers: { Location: world.urls.account(account.id) }, body: accountObject(world, account) };
}

/** POST-as-GET reads; an object changes `contact` or deactivates. Unknown fields are ignored, as the RFC wants. */
export async function serveAccount(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const { account } = request;
  if (account === undefined || account.id !== request.route.id) {
    throw new CaRefusal('unauthorized', 'that is the account of another key');
  }
  if (request.payload === '') return { status: 200, body: accountObject(world, account) };
  const changed = { ...account, ...changeOf(parseObject(request.payload, 'payload')) };
  world.store.keep(changed);
  return { status: 200, body: accountObject(world, changed) };
}

/** Ids are in URLs; nobody can guess another's. */
export function newId(): string {
  return randomBytes(9).toString('base64url');
}

function answerKnown(world: CaWorld, account: AccountRecord): CaAnswer {
  if (account.status !== 'valid') throw new CaRefusal('unauthorized', `account is ${account.status}`);
  return { status: 200, headers: { Location: world.urls.account(account.id) }, body: accountObject(world, account) };
}

function changeOf(wanted: Readonly<Record<string, unknown>>): Partial<AccountRecord> {
  const { status, contact } = wanted;
  if (status !== undefined && status !== 'deactivated') {
    throw new CaRefusal('malformed', `status can only become "deactivated", not ${quoted(status)}`);
  }
  if (status === undefined && contact === undefined) {
    // Pebble refuses it too: whoever wants to read uses POST-as-GET.
    throw new CaRefusal('malformed', 'nothing to change; to read the account send an empty payload');
  }
  return {
    ...(status === undefined ? {} : { status }),
    ...(contact === undefined ? {} : { contact: checkContact(contact) }),
  };
}

function checkContact(contact: unknown): readonly string[] {
  if (contact === undefined) return [];
  if (!Array.isArray(contact) || contact.length > MOST_CONTACTS) {
    throw new CaRefusal('malformed', `contact must be a list of at most ${MOST_CONTACTS} URLs`);
  }
  return contact.map((entry: unknown) => {
    if (typeof entry !== 'string') throw new CaRefusal('malformed', 'contact must be a list of URLs');
    if (!entry.startsWith('mailto:'))
      throw new CaRefusal('unsupportedContact', `contact ${quoted(entry)} is not mailto:`);
    // One address, no header fields (RFC 8555, 7.3).
    if (!/^mailto:[^\s@,?]{1,64}@[a-z0-9.-]{1,253}\.[a-z]{2,63}$/i.test(entry)) {
      throw new CaRefusal('invalidContact', `contact ${quoted(entry)} is not one plain address`);
    }
    return entry;
  });
}
