// The named hostilities of the sandbox's Route 53 and its name servers.

export interface Route53Dials {
  /** How long a change stays PENDING before the name servers have it. */
  readonly insyncDelayMs: number;
  /** How much later than INSYNC one of the three name servers, drawn for each change, answers with it. */
  readonly serversLagMs: number;
  /** Share of requests refused with `Throttling` although the buckets are not empty. */
  readonly throttle: number;
  /** Share of change batches refused with `PriorRequestNotComplete`. */
  readonly changeConflicts: number;
  /** Share of change batches that are carried out while the connection breaks before the answer. */
  readonly answersLost: number;
  /** Which name server (0 to 2) takes questions and answers none. */
  readonly nameServerSilent: number | undefined;
  /** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/throttling-api-requests.html */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** In changes; an UPSERT costs two. Same page. */
  readonly changesPerSecond: number;
  readonly changeBurst: number;
}

/** Hostile, but a client that retries gets through within seconds. */
export const defaultRoute53Dials: Route53Dials = {
  insyncDelayMs: 250,
  serversLagMs: 500,
  throttle: 0.05,
  changeConflicts: 0.05,
  answersLost: 0.02,
  nameServerSilent: undefined,
  requestsPerSecond: 10,
  requestBurst: 50,
  changesPerSecond: 100,
  changeBurst: 1500,
};

/** Nothing goes wrong and nothing takes time; the documented limits hold. */
export const kindRoute53Dials: Route53Dials = {
  ...defaultRoute53Dials,
  insyncDelayMs: 0,
  serversLagMs: 0,
  throttle: 0,
  changeConflicts: 0,
  answersLost: 0,
};
