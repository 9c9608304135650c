// Every step by the name under which its Lambda is called.

import { activateCertificate } from './activate-certificate.ts';
import { admitSshKey } from './admit-ssh-key.ts';
import { adoptCertificate } from './adopt-certificate.ts';
import { answerChallenges } from './answer-challenges.ts';
import { awaitDns } from './await-dns.ts';
import { awaitSite } from './await-site.ts';
import { beginSshPart } from './begin-ssh-part.ts';
import { changeAccountKey } from './change-account-key.ts';
import { changeAddress } from './change-address.ts';
import { checkNames } from './check-names.ts';
import { checkServer } from './check-server.ts';
import { cleanUpChallenges } from './clean-up-challenges.ts';
import { closeOrder } from './close-order.ts';
import { drawSshKey } from './draw-ssh-key.ts';
import { endSshRound } from './end-ssh-round.ts';
import { finalizeAcmeOrder } from './finalize-acme-order.ts';
import { keepCertificate } from './keep-certificate.ts';
import { keepReport } from './keep-report.ts';
import { listSshMoves } from './list-ssh-moves.ts';
import { lookInside } from './look-inside.ts';
import { lookOutside } from './look-outside.ts';
import { placeAcmeOrder } from './place-acme-order.ts';
import { planRestart } from './plan-appointment.ts';
import { proveSshKey } from './prove-ssh-key.ts';
import { registerOrder } from './register-order.ts';
import { retireSshKey } from './retire-ssh-key.ts';
import { awaitAppointment, reviewRestart } from './review-appointment.ts';
import { revokeLeaf } from './revoke-leaf.ts';
import { sendNotice } from './send-notice.ts';
import { serveWeb } from './serve-web.ts';
import type { Services } from './services.ts';
import { setAddress } from './set-address.ts';
import { settleActivation } from './settle-activation.ts';
import { stageCertificate } from './stage-certificate.ts';

export const catalogue = {
  'register-order': registerOrder,
  'check-server': checkServer,
  'await-dns': awaitDns,
  'check-names': checkNames,
  'set-address': setAddress,
  'place-acme-order': placeAcmeOrder,
  'answer-challenges': answerChallenges,
  'finalize-acme-order': finalizeAcmeOrder,
  'clean-up-challenges': cleanUpChallenges,
  'stage-certificate': stageCertificate,
  'plan-appointment': planRestart,
  'send-notice': sendNotice,
  'review-appointment': reviewRestart,
  'await-appointment': awaitAppointment,
  'activate-certificate': activateCertificate,
  'settle-activation': settleActivation,
  'keep-certificate': keepCertificate,
  'close-order': closeOrder,
  'revoke-leaf': revokeLeaf,
  'change-account-key': changeAccountKey,
  'look-outside': lookOutside,
  'look-inside': lookInside,
  'keep-report': keepReport,
  'serve-web': serveWeb,
  'change-address': changeAddress,
  'await-site': awaitSite,
  'adopt-certificate': adoptCertificate,
  'draw-ssh-key': drawSshKey,
  'list-ssh-moves': listSshMoves,
  'admit-ssh-key': admitSshKey,
  'prove-ssh-key': proveSshKey,
  'retire-ssh-key': retireSshKey,
  'end-ssh-round': endSshRound,
  'begin-ssh-part': beginSshPart,
} as const;

export type Catalogue = typeof catalogue;
export type StepName = keyof Catalogue;

/** The steps as functions of their payload, for an engine that runs all of them in one process. */
export function stepFunctions(services: Services): Record<StepName, (payload: unknown) => Promise<unknown>> {
  const entries = Object.entries(catalogue).map(([name, step]) => {
    const run = step as (payload: unknown, services: Services) => Promise<unknown>;
    return [name, (payload: unknown) => run(payload, services)] as const;
  });
  return Object.fromEntries(entries) as Record<StepName, (payload: unknown) => Promise<unknown>>;
}
