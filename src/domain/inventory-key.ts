// Where each thing lives in the inventory. Every partition of a partner's things begins with the partner.

import { createHash } from 'node:crypto';

export function ordersPartition(partner: string): string {
  return `P#${partner}#ORDERS`;
}

export function serversPartition(partner: string): string {
  return `P#${partner}#SERVERS`;
}

export function bypassesPartition(partner: string): string {
  return `P#${partner}#BYPASSES`;
}

export function looksPartition(partner: string): string {
  return `P#${partner}#LOOKS`;
}

export function appointmentsPartition(partner: string): string {
  return `P#${partner}#APPOINTMENTS`;
}

export function timelinePartition(partner: string, orderId: string): string {
  return `P#${partner}#TIMELINE#${orderId}`;
}

export function noticesPartition(partner: string, orderId: string): string {
  return `P#${partner}#NOTICES#${orderId}`;
}

/** A thing of one order of which there is one per kind: `ACME`, `STAGED`, `ACTIVATION#<appointment>`. */
export function workPartition(partner: string, orderId: string): string {
  return `P#${partner}#WORK#${orderId}`;
}

export function certificatesPartition(partner: string): string {
  return `P#${partner}#CERTIFICATES`;
}

export function eventsPartition(partner: string): string {
  return `P#${partner}#EVENTS`;
}

export function webhookPartition(partner: string): string {
  return `P#${partner}#WEBHOOK`;
}

export function guardPartition(partner: string): string {
  return `P#${partner}#SSH`;
}

/** Those that were drawn for its servers, and how the rotation to the newest stands. */
export function sshKeysPartition(partner: string): string {
  return `P#${partner}#SSH-KEYS`;
}

/** A hostname belongs to one partner, wherever it is asked from. */
export function claimPartition(hostname: string): string {
  return `SERVICE#HOSTNAME#${hostname}`;
}

export function accountPartition(authorityId: string): string {
  return `SERVICE#AUTHORITY#${authorityId}`;
}

export function holdPartition(partner: string): string {
  return `P#${partner}#HOLD`;
}

/** Intermediates of chains that were served, to complete others with. */
export function intermediatesPartition(): string {
  return 'SERVICE#INTERMEDIATES';
}

export function watchesPartition(partner: string): string {
  return `P#${partner}#WATCHES`;
}

/** Which server uses which key. */
export function keyUsesPartition(partner: string): string {
  return `P#${partner}#KEYS`;
}

/** Requests we made for keys of ours, of one server. */
export function requestsPartition(partner: string, hostname: string): string {
  return `P#${partner}#CSRS#${hostname}`;
}

/** Which of a partner's servers are being restarted. */
export function restartsPartition(partner: string): string {
  return `P#${partner}#RESTARTS`;
}

/** Holds that reach further than one partner. */
export function serviceHoldPartition(): string {
  return 'SERVICE#HOLD';
}

export function mailPartition(messageId: string): string {
  return `SERVICE#MAIL#${messageId}`;
}

/** Short, stable and without the address itself: keys appear in logs. */
export function recipientKey(email: string): string {
  return createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 16);
}
