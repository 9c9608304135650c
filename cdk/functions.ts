// Every function we deploy: what it does, how long it may take, and what it asks of which service. Rights follow from this table alone.

export interface FunctionSpec {
  /** As an operator reads it in the console. */
  readonly description: string;

  /** Most of a function's time is waiting for others; the longest deadline of its adapters with room. @default 60 */
  readonly timeoutSeconds?: number;

  /** Runs for days; what it carries out are the steps it calls. @default - an ordinary function */
  readonly calls?: readonly string[];

  /**
   * What it asks of the ports that need rights, as `port.verb`; for executions with the workflow behind it. test/cdk/function-uses.test.ts
   * reads the same from the source.
   */
  readonly uses: readonly string[];

  /** Things of the vault it writes, another version each time. */
  readonly keeps?: readonly VaultThing[];

  /** Things of the vault it writes where there is none yet. */
  readonly keepsOnce?: readonly VaultThing[];

  /** Things of the vault it reads, by version. */
  readonly reads?: readonly VaultThing[];

  /** Called by events that nobody waits for: what fails for good goes to a queue. @default false */
  readonly isAsynchronous?: boolean;
}

/** What the vault holds, by its names; the source puts nothing under another one. */
export const vaultThings = {
  leafKeys: 'partners/*/orders/*/leaf-key-*.pem',
  chains: 'partners/*/orders/*/chain-*.pem',
  /** Of requests (CSR) a customer takes to its own authority. */
  requestKeys: 'partners/*/requests/*/*-*.pem',
  /** What customers brought. */
  importedKeys: 'partners/*/imported/*/key.pem',
  importedChains: 'partners/*/imported/*/chain-*.pem',
  accountKeys: 'authorities/*/account-key.pem',
  laterAccountKeys: 'authorities/*/account-key-*.pem',
  webhookSecrets: 'partners/*/webhook-secret',
} as const;

/** What the reference of an order's key or chain may lead to. */
const ANY_KEYS = ['leafKeys', 'requestKeys', 'importedKeys'] as const;
const ANY_CHAINS = ['chains', 'importedChains'] as const;

export type VaultThing = keyof typeof vaultThings;

const ITEMS = ['inventory.add', 'inventory.find', 'inventory.replace'] as const;
const ACCOUNT_KEYS = ['accountKeys', 'laterAccountKeys'] as const;
/** A notice is written from what the order has had before. */
const TELLING = ['inventory.list', 'linkKeys.list', 'mail.send'] as const;

/** The step functions, under the names the workflows call them by. */
export const stepFunctions = {
  'register-order': {
    description: "Makes the hostname the partner's and the order the server's one open order.",
    uses: ITEMS,
  },
  'check-server': {
    description: 'Looks at a server over SSH before anything is ordered.',
    timeoutSeconds: 120,
    uses: [...ITEMS, 'appliances.open', 'zones.findZone'],
  },
  'await-dns': {
    description: 'Looks whether a customer has set the records we want.',
    uses: [...ITEMS, 'zones.findZone', 'zones.follow'],
  },
  'check-names': {
    description: 'Looks whether each name can be proven: delegation, CAA, DNSSEC.',
    uses: [...ITEMS, 'zones.follow'],
  },
  'set-address': {
    description: 'Creates the address record of a server in our zones.',
    uses: [
      ...ITEMS,
      'addresses.addressIsVisible',
      'addresses.findAddress',
      'addresses.replaceAddress',
      'zones.findZone',
    ],
  },
  'place-acme-order': {
    description: 'Draws and keeps the key pair, and orders a leaf from the authority.',
    timeoutSeconds: 120,
    uses: [...ITEMS, 'authority.ensureAccount', 'vault.get', 'vault.putOnce'],
    keepsOnce: ['accountKeys', 'leafKeys'],
    reads: [...ACCOUNT_KEYS, 'leafKeys'],
  },
  'answer-challenges': {
    description: 'Puts up the answers to challenges and has the authority look.',
    timeoutSeconds: 120,
    uses: [...ITEMS, 'vault.get', 'zones.add', 'zones.follow', 'zones.isVisible'],
    reads: ACCOUNT_KEYS,
  },
  'finalize-acme-order': {
    description: 'Sends the CSR, judges the chain and keeps it.',
    timeoutSeconds: 120,
    uses: [...ITEMS, 'vault.get', 'vault.put'],
    keeps: ['chains'],
    reads: ACCOUNT_KEYS,
  },
  'clean-up-challenges': { description: 'Takes the answers to challenges down.', uses: [...ITEMS, 'zones.remove'] },
  'stage-certificate': {
    description: 'Puts key and chain beside the live files on the server, over SSH.',
    timeoutSeconds: 180,
    uses: [...ITEMS, 'appliances.open', 'vault.get'],
    reads: [...ANY_CHAINS, ...ANY_KEYS],
  },
  'plan-appointment': { description: 'Chooses a restart window.', uses: ITEMS },
  'send-notice': { description: 'Tells everyone affected.', timeoutSeconds: 180, uses: [...ITEMS, ...TELLING] },
  'review-appointment': { description: 'Reads clock, holds and answers afresh and says what comes next.', uses: ITEMS },
  'await-appointment': { description: 'Writes down how the waiting run is woken.', uses: ITEMS },
  'activate-certificate': {
    description: 'Has the server exchange its files and restart, inside the window.',
    timeoutSeconds: 600,
    uses: [...ITEMS, 'appliances.open'],
  },
  'settle-activation': {
    description: 'Proves what is served, from inside and outside, and commits or restores.',
    timeoutSeconds: 600,
    uses: [...ITEMS, 'appliances.open'],
  },
  'adopt-certificate': {
    description: "Takes the customer's own certificate for the one of its order.",
    uses: [...ITEMS, 'vault.get'],
    reads: ['importedChains'],
  },
  'keep-certificate': {
    description: 'Writes down which leaf is in service, and when its renewal is looked at.',
    uses: [...ITEMS, 'inventory.list', 'vault.get'],
    reads: ANY_CHAINS,
  },
  'close-order': { description: 'Closes the order and keeps its event.', uses: [...ITEMS, 'inventory.list'] },
  'revoke-leaf': {
    description: 'Has the authority take a leaf back.',
    timeoutSeconds: 120,
    uses: [...ITEMS, 'vault.get'],
    reads: [...ACCOUNT_KEYS, 'chains'],
  },
  'change-account-key': {
    description: 'Gives our account at an authority a new key.',
    timeoutSeconds: 120,
    uses: [...ITEMS, 'vault.get', 'vault.putOnce'],
    keepsOnce: ['laterAccountKeys'],
    reads: ACCOUNT_KEYS,
  },
  'look-outside': {
    description: 'Looks at a server as a phone on the internet does.',
    timeoutSeconds: 120,
    uses: ITEMS,
  },
  'look-inside': {
    description: 'Looks at a server through SSH for the readiness report.',
    timeoutSeconds: 180,
    uses: [...ITEMS, 'appliances.open'],
  },
  'keep-report': { description: 'Keeps a readiness report.', uses: ITEMS },
  'serve-web': {
    description: 'Gives Apache the certificate while InfinityOne is not there yet.',
    timeoutSeconds: 600,
    uses: [...ITEMS, 'appliances.open'],
  },
  'change-address': {
    description: 'Changes the address of a server in use, and back.',
    uses: [...ITEMS, 'addresses.addressIsVisible', 'addresses.replaceAddress'],
  },
  'await-site': {
    description: 'Looks whether InfinityOne answers at its site port.',
    timeoutSeconds: 120,
    uses: [...ITEMS, 'appliances.open'],
  },
} as const satisfies Readonly<Record<string, FunctionSpec>>;

/** What is called by the world: requests, clocks, reports of mails. */
export const triggerFunctions = {
  api: {
    description: 'The API and the pages behind links.',
    timeoutSeconds: 28,
    uses: [
      ...ITEMS,
      'executions.start fulfil-order',
      'executions.start look-at-server',
      'executions.start revoke-certificate',
      'executions.start roll-key',
      'executions.state revoke-certificate',
      'executions.state roll-key',
      'executions.wake',
      'inventory.list',
      'inventory.listMarked',
      'inventory.remove',
      'linkKeys.list',
      'vault.get',
      'vault.put',
      'vault.putOnce',
    ],
    keeps: ['webhookSecrets'],
    keepsOnce: ['importedChains', 'importedKeys', 'requestKeys'],
    reads: ['requestKeys'],
  },
  'start-due-renewals': {
    description: 'Orders the renewals whose moment has come.',
    timeoutSeconds: 840,
    uses: [...ITEMS, ...TELLING, 'executions.start fulfil-order', 'inventory.listMarked', 'vault.get'],
    reads: ANY_CHAINS,
    isAsynchronous: true,
  },
  'deliver-events': {
    description: 'Posts events to the webhooks of partners.',
    timeoutSeconds: 840,
    uses: ['inventory.find', 'inventory.listMarked', 'inventory.replace', 'vault.get'],
    reads: ['webhookSecrets'],
    isAsynchronous: true,
  },
  'sweep-stuck-orders': {
    description: 'Starts, wakes or closes orders whose run is missing or dead.',
    timeoutSeconds: 840,
    uses: [
      ...ITEMS,
      ...TELLING,
      'executions.start fulfil-order',
      'executions.start revoke-certificate',
      'executions.state fulfil-order',
      'executions.state revoke-certificate',
      'executions.wake',
      'inventory.listMarked',
    ],
    isAsynchronous: true,
  },
  'watch-bypasses': {
    description: 'Reminds and escalates while a bypass is switched on.',
    timeoutSeconds: 840,
    uses: [...ITEMS, ...TELLING, 'inventory.listMarked'],
    isAsynchronous: true,
  },
  'note-bounce': {
    description: 'Takes told back where a mail came back.',
    timeoutSeconds: 120,
    uses: [...ITEMS, ...TELLING, 'executions.wake'],
    isAsynchronous: true,
  },
  'shape-token': { description: 'Writes partner and scopes into access tokens.', timeoutSeconds: 5, uses: [] },
} as const satisfies Readonly<Record<string, FunctionSpec>>;

/** The durable functions, each with the steps it calls. */
export const workflowFunctions = {
  'fulfil-order': {
    description: 'One order from its beginning to its end.',
    uses: [],
    calls: [
      'activate-certificate',
      'adopt-certificate',
      'answer-challenges',
      'await-appointment',
      'await-dns',
      'await-site',
      'change-address',
      'check-names',
      'check-server',
      'clean-up-challenges',
      'close-order',
      'finalize-acme-order',
      'keep-certificate',
      'place-acme-order',
      'plan-appointment',
      'register-order',
      'review-appointment',
      'send-notice',
      'serve-web',
      'set-address',
      'settle-activation',
      'stage-certificate',
    ],
    isAsynchronous: true,
  },
  'revoke-certificate': {
    description: 'Has a certificate taken back.',
    uses: [],
    calls: ['revoke-leaf', 'send-notice'],
    isAsynchronous: true,
  },
  'roll-key': { description: 'Changes an account key.', uses: [], calls: ['change-account-key'], isAsynchronous: true },
  'look-at-server': {
    description: 'Makes a readiness report.',
    uses: [],
    calls: ['keep-report', 'look-inside', 'look-outside'],
    isAsynchronous: true,
  },
} as const satisfies Readonly<Record<string, FunctionSpec>>;

export type FunctionName = keyof typeof stepFunctions | keyof typeof triggerFunctions | keyof typeof workflowFunctions;

export const functions: Readonly<Record<FunctionName, FunctionSpec>> = {
  ...stepFunctions,
  ...triggerFunctions,
  ...workflowFunctions,
};

/** Steps that log in to servers; where there is an address of our own they leave by it, and nothing else does. */
export function reachesServers({ uses }: FunctionSpec): boolean {
  return uses.includes('appliances.open');
}
