// Which of the chains an authority offers for a leaf we take: the one our settings prefer, or else its default.

import { X509Certificate } from 'node:crypto';
import { problemCode } from '../../domain/problem.ts';
import type { DownloadedChain } from '../../ports/authority.ts';
import { readChain } from './acme-chain.ts';
import type { AcmeAnswer } from './acme-endpoint.ts';

/** Let's Encrypt has offered two at most; each costs a request. */
export const MAX_ALTERNATES = 4;

/**
 * `preferred` is the common name of the issuer of a chain's last certificate (`ISRG Root X1`), as certbot and lego take it. Alternates
 * are asked for only when the default does not fit; the note says when none did. `fetch` judges each URL and raises
 * its problems.
 */
export async function downloadChain(
  url: string,
  preferred: string | undefined,
  fetch: (url: string) => Promise<AcmeAnswer>,
): Promise<DownloadedChain> {
  const answer = await fetch(url);
  const chainPem = readChain(answer.body);
  if (preferred === undefined || issuerOfEnd(chainPem) === preferred) return { chainPem, note: undefined };
  for (const alternate of alternatesOf(answer)) {
    const other = await fetchAlternate(alternate, fetch);
    if (other !== undefined && issuerOfEnd(other) === preferred) return { chainPem: other, note: undefined };
  }
  return { chainPem, note: `the authority offers no chain up to "${preferred}"; its default chain is taken` };
}

/** One that leads elsewhere, to nothing or to no chain is passed over: the first chain is good without it. */
async function fetchAlternate(url: string, fetch: (url: string) => Promise<AcmeAnswer>): Promise<string | undefined> {
  try {
    return readChain((await fetch(url)).body);
  } catch (error) {
    if (['ca-answer-malformed', 'ca-order-gone', 'ca-refused'].includes(problemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** RFC 8288, 3, as far as RFC 8555, 7.4.2 needs it: the targets that have `alternate` among their relations. */
function alternatesOf({ links, base }: AcmeAnswer): readonly string[] {
  const found = links.split(/,\s*(?=<)/).flatMap((link) => {
    const [target = '', ...parameters] = link.split(';').map((part) => part.trim());
    const isAlternate = parameters.some((parameter) => /^rel\s*=/i.test(parameter) && /\balternate\b/.test(parameter));
    const url = target.slice(1, -1);
    return isAlternate && target.startsWith('<') && URL.canParse(url, base) ? [new URL(url, base).href] : [];
  });
  return found.slice(0, MAX_ALTERNATES);
}

function issuerOfEnd(chainPem: string): string | undefined {
  const last = chainPem.split(/(?<=-----END CERTIFICATE-----\n)/).at(-1) ?? '';
  return /^CN=(.*)$/m.exec(new X509Certificate(last).issuer)?.[1];
}
