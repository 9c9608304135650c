// An account by its key: signs what is asked in its name, and is made, found, given another key and used to revoke.

import { type KeyObject, X509Certificate } from 'node:crypto';
import type { RevocationReason } from '../../domain/order.ts';
import { Problem } from '../../domain/problem.ts';
import type { AcmeAccount } from '../../ports/authority.ts';
import type { AuthorityAccount, Revocation } from '../../ports/authority-account.ts';
import { signedForKeyChange } from './acme-client-internals.ts';
import type { Deadline } from './acme-deadline.ts';
import type { AcmeAnswer, AcmeEndpoint, AcmePost } from './acme-endpoint.ts';
import { RefusedRequest } from './acme-problems.ts';

/** What an authority that sells or rations accounts gives us to show whose we are (RFC 8555, 7.3.4). */
export interface ExternalAccountBinding {
  readonly keyId: string;
  /** Base64url; asked for only when an account is made. */
  readonly hmacKey: () => Promise<string>;
}

export interface AccountTerms {
  readonly contact: readonly string[];
  readonly externalAccountBinding: ExternalAccountBinding | undefined;
}

/** RFC 5280, 5.3.1. */
const reasonCodes: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
};

/** RFC 7518, 3.2: not shorter than the hash would be best; authorities give 128 bits and more. */
const HMAC_KEY = /^[A-Za-z0-9_-]{22,1024}={0,2}$/;

export class SignedAccount implements AuthorityAccount {
  readonly key: KeyObject;
  readonly #endpoint: AcmeEndpoint;
  readonly #terms: AccountTerms;
  #accountUrl: string | undefined;

  constructor(endpoint: AcmeEndpoint, { key, accountUrl }: AcmeAccount, terms: AccountTerms) {
    this.key = key;
    this.#endpoint = endpoint;
    this.#accountUrl = accountUrl;
    this.#terms = terms;
  }

  /** In the account's name, which is made first if it has no URL yet. */
  async post(post: Omit<AcmePost, 'signedBy'>, deadline: Deadline): Promise<AcmeAnswer> {
    const accountUrl = await this.#ensureUrl(deadline);
    return await this.#endpoint.post({ ...post, signedBy: { key: this.key, accountUrl } }, deadline);
  }

  async ensureAccount(): Promise<{ readonly accountUrl: string }> {
    return { accountUrl: await this.#ensureUrl(this.#endpoint.deadline()) };
  }

  async findAccount(): Promise<{ readonly accountUrl: string } | undefined> {
    const accountUrl = await this.#findUrl(this.#endpoint.deadline());
    return accountUrl === undefined ? undefined : { accountUrl };
  }

  async changeKey(newKey: KeyObject): Promise<void> {
    const deadline = this.#endpoint.deadline();
    const accountUrl = await this.#ensureUrl(deadline);
    const url = await this.#endpoint.resource('keyChange', deadline);
    const payload = signedForKeyChange(url, { newKey, oldKey: this.key, accountUrl });
    try {
      await this.post({ doing: 'change the account key', url, payload }, deadline);
    } catch (error) {
      if (!(error instanceof RefusedRequest && error.status === 409)) throw error;
      throw new Problem('ca-refused', error.message, { cause: error });
    }
  }

  async revoke({ chainPem, reason, leafKey }: Revocation): Promise<void> {
    const deadline = this.#endpoint.deadline();
    const url = await this.#endpoint.resource('revokeCert', deadline);
    const payload = { certificate: leafOf(chainPem).raw.toString('base64url'), reason: reasonCodes[reason] };
    const revocation = { doing: 'revoke a leaf', url, payload, repeatable: true } as const;
    try {
      if (leafKey === undefined) await this.post(revocation, deadline);
      else await this.#endpoint.post({ ...revocation, signedBy: { key: leafKey, accountUrl: undefined } }, deadline);
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      if (error.type === 'alreadyRevoked') return;
      // `unauthorized` is said of the leaf, not of the account.
      if (error.name === 'ca-account-refused') throw new Problem('ca-refused', error.message, { cause: error });
      throw error;
    }
  }

  /** RFC 8555, 7.3.1: asking for an account with a known key answers the account there is. */
  async #ensureUrl(deadline: Deadline): Promise<string> {
    this.#accountUrl ??= (await this.#findBound(deadline)) ?? (await this.#make(deadline));
    return this.#accountUrl;
  }

  /** A binding may be good for one account only (Google): a repeat must not show it again for an account that was made. */
  async #findBound(deadline: Deadline): Promise<string | undefined> {
    return this.#terms.externalAccountBinding === undefined ? undefined : await this.#findUrl(deadline);
  }

  async #make(deadline: Deadline): Promise<string> {
    const { contact, externalAccountBinding } = this.#terms;
    const { newAccount, meta } = await this.#endpoint.directory(deadline);
    if (meta.externalAccountRequired && externalAccountBinding === undefined) {
      const why = 'make an account: it wants an external account binding and our settings have none';
      throw new Problem('ca-account-refused', this.#endpoint.at(why));
    }
    const payload = { termsOfServiceAgreed: true, ...(contact.length === 0 ? {} : { contact }) };
    const binding = externalAccountBinding && (await this.#readBinding(externalAccountBinding));
    return await this.#askForAccount(newAccount, payload, binding, deadline);
  }

  async #findUrl(deadline: Deadline): Promise<string | undefined> {
    const { newAccount } = await this.#endpoint.directory(deadline);
    try {
      return await this.#askForAccount(newAccount, { onlyReturnExisting: true }, undefined, deadline);
    } catch (error) {
      if (error instanceof RefusedRequest && error.type === 'accountDoesNotExist') return undefined;
      throw error;
    }
  }

  async #askForAccount(
    url: string,
    payload: object,
    binding: { readonly kid: string; readonly hmacKey: string } | undefined,
    deadline: Deadline,
  ): Promise<string> {
    const signedBy = { key: this.key, accountUrl: undefined };
    const answer = await this.#endpoint.post(
      { doing: 'make an account', url, payload, signedBy, repeatable: true, ...(binding && { binding }) },
      deadline,
    );
    return this.#endpoint.answers.url(answer.location, 'account location');
  }

  async #readBinding({ keyId, hmacKey }: ExternalAccountBinding) {
    const key = (await hmacKey()).trim();
    if (HMAC_KEY.test(key)) return { kid: keyId, hmacKey: key };
    const field = 'externalAccountBinding.hmacKey';
    throw new Problem('bad-request', this.#endpoint.at(`${field} is not base64url of at least 128 bits`), { field });
  }
}

function leafOf(chainPem: string): X509Certificate {
  try {
    return new X509Certificate(chainPem);
  } catch {
    throw new Problem('bad-request', 'the leaf to revoke is no certificate in PEM', { field: 'chainPem' });
  }
}
