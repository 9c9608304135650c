// The settings of a deployment stage: one file each, checked before anything is synthesized, every mistake told by its field.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const folder = fileURLToPath(new URL('stages/', import.meta.url));

/** Part of the names of everything: 64 characters hold the longest function with it. */
const stageName = /^[a-z][a-z0-9]{0,11}$/;

const id = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'is not 1 to 40 of a-z, 0-9 and inner hyphens');
const dnsName = z
  .string()
  .max(253)
  .regex(
    /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,}$/,
    'is no DNS name in lower case without final dot',
  );
const email = z.email('is no plain e-mail address');
const httpsUrl = z.url({ protocol: /^https$/, error: 'is no https URL' });
const port = z.int().min(1).max(65_535);
const line = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}]+$/u, 'is not one line');
const path = line.regex(/^\//, 'is no absolute path');

/** What a token may do: those of the API; a test holds them equal. */
export const SCOPES = [
  'orders:read',
  'orders:write',
  'appointments:write',
  'webhook:write',
  'servers:admin',
  'service:admin',
] as const;

const profile = z.strictObject({
  account: line,
  sshPort: port,
  jump: z.strictObject({ host: line, port, account: line, hostKey: line }).optional(),
  sslConf: path,
  stagingFolder: path,
  serviceGroup: line.optional(),
  infinityOne: z.literal('absent').optional(),
  commands: z.strictObject({
    restart: line.optional(),
    status: line,
    calls: line.optional(),
    web: z.strictObject({ check: line, reload: line, port }).optional(),
  }),
  commitTimeoutSeconds: z.int().min(30).max(3_600),
  restartTimeoutSeconds: z.int().min(5).max(600),
});

/** Log groups are kept for one of these. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const logDays = z.literal([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], 'is not one of the days CloudWatch knows');

const schema = z.strictObject({
  account: z.string().regex(/^\d{12}$/, 'is no account of 12 digits'),
  region: z.string().regex(/^[a-z]{2}-[a-z]+-\d$/, 'is no region'),
  /** Public hosted zones we may write to. */
  zones: z
    .array(z.strictObject({ name: dnsName, hostedZoneId: z.string().regex(/^Z[A-Z0-9]{5,31}$/, 'is no Z… id') }))
    .min(1),
  /** Where customers whose DNS is elsewhere let their challenges lead to. */
  delegationZone: dnsName.optional(),
  partners: z.record(
    id,
    z.strictObject({
      /** Zones or subtrees the partner may order names in. */
      grants: z.array(dnsName).min(1),
      /** What its order system may do. */
      scopes: z.array(z.enum(SCOPES)).min(1),
      /** Restarts of its servers at the same time. */
      restartsAtOnce: z.int().min(1).max(100).optional(),
      /** Public halves of its SSH keys, as OpenSSH writes them. */
      publicKeys: z.array(line).min(1).max(2).optional(),
    }),
  ),
  authorities: z.record(
    id,
    z.strictObject({
      directoryUrl: httpsUrl,
      contact: z.array(z.string().regex(/^mailto:[^@\s]+@[^@\s]+$/, 'is no mailto: URL')).optional(),
      /** Whether it wants an external account binding; the secret is made, and written by ops. */
      externalAccount: z.boolean(),
      acmeProfile: line.optional(),
      preferredChain: line.optional(),
    }),
  ),
  defaultAuthority: id,
  mail: z.strictObject({ address: email, name: line }),
  opsAddresses: z.array(email).min(1),
  /** Where people and systems reach us. Absent = the address AWS gives the API. */
  site: z
    .strictObject({ domain: dnsName, certificateArn: z.string().regex(/^arn:aws:acm:/, 'is no ARN of ACM') })
    .optional(),
  /** Where people sign in, and where they are sent back to. */
  signIn: z.strictObject({
    domainPrefix: z.string().regex(/^(?!aws|amazon|cognito)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'is no free prefix'),
    callbackUrls: z.array(httpsUrl.or(z.url({ protocol: /^http$/, hostname: /^localhost$/ }))).min(1),
  }),
  /** `nat`: servers see one address of ours, which their firewalls allow. */
  egress: z.enum(['none', 'nat']),
  retention: z.strictObject({
    logDays,
    /** So long nobody can delete what the audit log has. */
    auditDays: z.int().min(1).max(3_650),
    /** Of finished executions. */
    executionDays: z.int().min(1).max(90),
  }),
  alarmAddresses: z.array(email).min(1),
  profiles: z.record(id, profile),
});

type Fields = z.infer<typeof schema>;

/** What no field shows by itself. */
function mistakesIn({
  zones,
  delegationZone,
  defaultAuthority,
  authorities,
  site,
  account,
  region,
}: Fields): readonly string[] {
  const names = zones.map(({ name }) => name);
  const twice = names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [`zones.${index}.name: is there twice`],
  );
  const isHeld = delegationZone === undefined || names.some((name) => isWithin(delegationZone, name));
  const isOurs = site === undefined || site.certificateArn.startsWith(`arn:aws:acm:${region}:${account}:`);
  return [
    ...twice,
    ...(isHeld ? [] : [`delegationZone: is in none of the zones ${names.join(', ')}`]),
    ...(Object.hasOwn(authorities, defaultAuthority)
      ? []
      : [`defaultAuthority: is none of ${Object.keys(authorities).join(', ')}`]),
    ...(isOurs ? [] : ['site.certificateArn: is of another account or region']),
  ];
}

export type StageSettings = Fields & { readonly name: string };

/** Fails with one line per field at fault. `where` names the source in messages. */
export function parseStage(name: string, value: unknown, where = `cdk/stages/${name}.json`): StageSettings {
  if (!stageName.test(name)) throw new Error(`"${name}" is no name of a deployment stage: 1 to 12 of a-z and 0-9`);
  const parsed = schema.safeParse(value);
  const mistakes = parsed.success
    ? mistakesIn(parsed.data)
    : parsed.error.issues.map(({ path: field, message }) => `${field.join('.') || '(all)'}: ${message}`);
  if (parsed.success && mistakes.length === 0) return { ...parsed.data, name };
  throw new Error([`${where} does not fit:`, ...mistakes.map((mistake) => `  ${mistake}`)].join('\n'));
}

/** Reads `cdk/stages/<name>.json`. */
export function readStage(name: string): StageSettings {
  const known = readdirSync(folder).flatMap((file) => /^(.*)\.json$/.exec(file)?.[1] ?? []);
  if (!known.includes(name)) throw new Error(`no deployment stage "${name}"; there are ${known.join(', ')}`);
  return parseStage(name, JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')));
}

export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
