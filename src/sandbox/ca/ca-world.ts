// What the operations of the CA have in common: its records, issuers, dials, clock and luck, and what they answer with.

import type { CaDials } from './ca-dials.ts';
import type { CaIssuers } from './ca-issuers.ts';
import type { CaRoute, CaUrls } from './ca-routes.ts';
import type { CaStore } from './ca-store.ts';
import type { SignedRequest } from './verify-jws.ts';

export interface CaWorld {
  readonly store: CaStore;
  readonly issuers: CaIssuers;
  readonly urls: CaUrls;
  /** As `host:port`. */
  readonly dnsServers: readonly string[];
  /** As they are turned now. */
  dials(): CaDials;
  now(): Date;
  random(): number;
  count(what: 'validations' | 'issued' | 'rateLimited'): void;
  /** Work that goes on after the answer; its end is waited for 250 ms, and it stops when the CA closes. */
  inBackground(key: string, work: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

/** What the JWS said, with the account behind it where the operation needs one. */
export interface CaRequest extends SignedRequest {
  readonly route: CaRoute;
  /** IP address of who asks. */
  readonly address: string;
}

export interface CaAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Besides `index`, which every answer has. */
  readonly links?: readonly string[];
  /** An object goes out as JSON, bytes as they are. */
  readonly body?: object | string | Uint8Array;
  readonly contentType?: string;
}

/** Answers to who has not signed: for everybody, by GET (and HEAD, where the operation says so). */
export type CaOpenHandler = (world: CaWorld, route: CaRoute) => Promise<CaAnswer>;

export type CaHandler = (world: CaWorld, request: CaRequest) => Promise<CaAnswer>;
