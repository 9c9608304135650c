// What every role may do, and nothing else: the promises of docs/permissions.md.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FunctionName, functions, vaultThings, workflowFunctions } from '../../cdk/functions.ts';
import { rightsOf } from '../../cdk/rights.ts';
import { parseStage } from '../../cdk/stage-settings.ts';
import { exampleSettings, type Statement, templates } from './templates.ts';

const { statements, service, stage } = templates();

const CHANGE = 'route53:ChangeResourceRecordSets';

/** Actions AWS knows no narrower form of. */
const onEverything: Readonly<Record<string, readonly string[]>> = {
  FindZones: ['route53:ListHostedZonesByName'],
  WriteTraces: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  JoinNetwork: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
};

/** Made by CDK for what is not a function of ours: flow logs of the network. */
const ofFunctions = statements.filter(({ owner }) => owner in functions);

describe('every right', () => {
  it('belongs to one function: no role is shared, none has a policy of AWS', () => {
    const lambdas = service.filter(({ type }) => type === 'AWS::Lambda::Function');
    const roles = lambdas.map(({ properties }) => properties.Role['Fn::GetAtt'][0]);
    expect(new Set(roles).size).toBe(Object.keys(functions).length);
    const managed = service.filter(({ type, properties }) => {
      return type === 'AWS::IAM::Role' && (properties.ManagedPolicyArns ?? properties.Policies) !== undefined;
    });
    expect(managed.map(({ id }) => id)).toEqual([]);
    const shared = service.filter(
      ({ type, properties }) => type === 'AWS::IAM::Policy' && properties.Roles.length !== 1,
    );
    expect(shared).toEqual([]);
  });

  it('is on everything only where AWS knows no narrower form', () => {
    const wide = ofFunctions.filter(({ resources }) => resources.includes('*'));
    const unknown = wide.filter(({ sid, actions }) => {
      return [...actions].sort().join() !== [...(onEverything[sid] ?? [])].sort().join();
    });
    expect(unknown).toEqual([]);
    expect(new Set(wide.map(({ sid }) => sid))).toEqual(new Set(Object.keys(onEverything)));
  });

  it('names each of its actions', () => {
    expect(statements.filter(({ actions }) => actions.some((action) => action.includes('*')))).toEqual([]);
  });

  it('lists no vault, exports nothing, deletes no version and no key', () => {
    const forbidden =
      /^s3:(?:List|Delete|PutBucket|GetBucket)|^kms:(?:Schedule|Disable|Put|Create)|^secretsmanager:(?!GetSecretValue$)|^dynamodb:(?:Scan|Export|Delete(?!Item))|^acm:Export/;
    const found = statements.flatMap(({ owner, actions }) =>
      actions.filter((one) => forbidden.test(one)).map((one) => `${owner} ${one}`),
    );
    expect(found).toEqual([]);
  });
});

describe('rights to change DNS', () => {
  const changing = statements.filter(({ actions }) => actions.includes(CHANGE));
  const condition = (statement: Statement, operator: string, what: string) =>
    statement.conditions[operator]?.[`${CHANGE}${what}`];

  it('are those of four steps, and no one of them reads a key', () => {
    const owners = [...new Set(changing.map(({ owner }) => owner))].sort();
    expect(owners).toEqual(['answer-challenges', 'change-address', 'clean-up-challenges', 'set-address']);
    const keys = statements.filter(({ owner, resources }) => {
      return owners.includes(owner) && JSON.stringify(resources).includes('leaf-key');
    });
    expect(keys).toEqual([]);
  });

  it.each(['answer-challenges', 'clean-up-challenges'])(
    'let %s write TXT alone, at challenges of our zones',
    (name) => {
      const [own, delegated] = changing.filter(({ owner }) => owner === name);
      if (own === undefined || delegated === undefined) throw new Error('two statements are expected');
      expect(condition(own, 'ForAllValues:StringLike', 'NormalizedRecordNames')).toEqual([
        '_acme-challenge.pbx.example.net',
        '_acme-challenge.*.pbx.example.net',
      ]);
      expect(condition(delegated, 'ForAllValues:StringLike', 'NormalizedRecordNames')).toEqual([
        '*.challenges.pbx.example.net',
      ]);
      for (const statement of [own, delegated]) {
        expect(condition(statement, 'ForAllValues:StringEquals', 'RecordTypes')).toEqual(['TXT']);
      }
    },
  );

  it.each(['set-address', 'change-address'])('let %s write addresses alone', (name) => {
    const own = changing.filter(({ owner }) => owner === name);
    expect(own).toHaveLength(1);
    for (const statement of own)
      expect(condition(statement, 'ForAllValues:StringEquals', 'RecordTypes')).toEqual(['A', 'AAAA']);
  });

  it('never overwrite blindly, name their zone, and do not hold where nothing is said', () => {
    for (const statement of changing) {
      expect(condition(statement, 'ForAllValues:StringEquals', 'Actions')).toEqual(['CREATE', 'DELETE']);
      expect(statement.resources).toEqual(['arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ']);
      for (const what of ['NormalizedRecordNames', 'RecordTypes', 'Actions'])
        expect(condition(statement, 'Null', what)).toBe('false');
    }
  });

  it('hold each zone to its own names, and challenges of customers to the zone that holds them', () => {
    const two = parseStage('example', {
      ...exampleSettings(),
      zones: [
        { name: 'example.net', hostedZoneId: 'ZAAAAAAA' },
        { name: 'pbx.example.net', hostedZoneId: 'ZBBBBBBB' },
      ],
    });
    const rights = rightsOf('answer-challenges', { stage: two, ...arns }).filter(
      ({ actions }) => actions[0] === CHANGE,
    );
    expect(rights.map(({ sid, resources }) => [sid, resources[0]?.split('/')[1]])).toEqual([
      ['WriteChallenges1', 'ZAAAAAAA'],
      ['WriteChallenges2', 'ZBBBBBBB'],
      ['WriteDelegatedChallenges', 'ZBBBBBBB'],
    ]);
  });
});

describe('rights to the vault', () => {
  const table = ofFunctions
    .filter(({ actions }) => actions.some((action) => action.startsWith('s3:')))
    .flatMap(({ owner, actions, resources }) =>
      resources.map((resource) => {
        const [, name = ''] = String(resource).split(`${stage.account}-${stage.region}/`);
        return `${owner} ${actions.join()} ${name}`;
      }),
    );

  it('are a table of function, verb and thing', () => {
    const { accountKeys, laterAccountKeys, leafKeys, chains, webhookSecrets } = vaultThings;
    const { requestKeys, importedKeys, importedChains } = vaultThings;
    expect(table.sort()).toEqual(
      [
        `place-acme-order s3:PutObject ${leafKeys}`,
        `place-acme-order s3:PutObject ${accountKeys}`,
        `place-acme-order s3:GetObject ${leafKeys}`,
        `place-acme-order s3:GetObject ${accountKeys}`,
        `place-acme-order s3:GetObjectVersion ${leafKeys}`,
        `place-acme-order s3:GetObjectVersion ${accountKeys}`,
        `place-acme-order s3:GetObjectVersion ${laterAccountKeys}`,
        `answer-challenges s3:GetObjectVersion ${accountKeys}`,
        `answer-challenges s3:GetObjectVersion ${laterAccountKeys}`,
        `finalize-acme-order s3:GetObjectVersion ${accountKeys}`,
        `finalize-acme-order s3:GetObjectVersion ${laterAccountKeys}`,
        `finalize-acme-order s3:PutObject ${chains}`,
        `stage-certificate s3:GetObjectVersion ${leafKeys}`,
        `stage-certificate s3:GetObjectVersion ${chains}`,
        `stage-certificate s3:GetObjectVersion ${requestKeys}`,
        `stage-certificate s3:GetObjectVersion ${importedKeys}`,
        `stage-certificate s3:GetObjectVersion ${importedChains}`,
        `adopt-certificate s3:GetObjectVersion ${importedChains}`,
        `keep-certificate s3:GetObjectVersion ${chains}`,
        `keep-certificate s3:GetObjectVersion ${importedChains}`,
        `revoke-leaf s3:GetObjectVersion ${accountKeys}`,
        `revoke-leaf s3:GetObjectVersion ${laterAccountKeys}`,
        `revoke-leaf s3:GetObjectVersion ${chains}`,
        `change-account-key s3:PutObject ${laterAccountKeys}`,
        `change-account-key s3:GetObject ${laterAccountKeys}`,
        `change-account-key s3:GetObjectVersion ${accountKeys}`,
        `change-account-key s3:GetObjectVersion ${laterAccountKeys}`,
        `start-due-renewals s3:GetObjectVersion ${chains}`,
        `start-due-renewals s3:GetObjectVersion ${importedChains}`,
        `deliver-events s3:GetObjectVersion ${webhookSecrets}`,
        `api s3:PutObject ${webhookSecrets}`,
        `api s3:PutObject ${requestKeys}`,
        `api s3:PutObject ${importedKeys}`,
        `api s3:PutObject ${importedChains}`,
        `api s3:GetObject ${requestKeys}`,
        `api s3:GetObject ${importedKeys}`,
        `api s3:GetObject ${importedChains}`,
        `api s3:GetObjectVersion ${requestKeys}`,
      ].sort(),
    );
  });

  it('let the key be used for the objects that are written or read, and through S3 alone', () => {
    for (const { sid, owner, conditions } of ofFunctions.filter(({ sid }) => /ForVault|FromVault/.test(sid))) {
      const objects = [conditions.StringLike?.['kms:EncryptionContext:aws:s3:arn']].flat();
      const verb = sid === 'EncryptForVault' ? ['s3:PutObject'] : ['s3:GetObjectVersion'];
      const readable = statements
        .filter((one) => one.owner === owner && one.actions.some((action) => verb.includes(action)))
        .flatMap(({ resources }) => resources);
      expect([owner, [...objects].sort()]).toEqual([owner, [...new Set(readable)].sort()]);
      expect(conditions.StringEquals?.['kms:ViaService']).toBe('s3.eu-central-1.amazonaws.com');
    }
  });
});

describe('rights to secrets', () => {
  it('are those of whoever logs in, makes accounts or writes links, each to its own', () => {
    const readers = ofFunctions.filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
    const by = (sid: string) =>
      readers
        .filter((one) => one.sid === sid)
        .map(({ owner }) => owner)
        .sort();
    const using = (use: string) => {
      const names = Object.keys(functions) as FunctionName[];
      return names.filter((name) => functions[name].uses.includes(use)).sort();
    };
    expect(by('ReadSshKeys')).toEqual(using('appliances.open'));
    expect(by('ReadExternalAccounts')).toEqual(['place-acme-order']);
    expect(by('ReadLinkKeys')).toEqual(using('linkKeys.list'));
    expect(readers.flatMap(({ resources }) => resources).filter((one) => !String(one).endsWith('-??????'))).toEqual([]);
  });
});

describe('docs/permissions.md', () => {
  const text = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  const told = Object.fromEntries(
    rows.map(([sid = '', actions, who, why]) => [sid.replaceAll('`', ''), { actions, who, why }]),
  );

  it('has every statement, with its actions and whose it is', () => {
    const sids = [...new Set(ofFunctions.map(({ sid }) => plain(sid)))].sort();
    expect(Object.keys(told).sort()).toEqual(sids);
    for (const sid of sids) {
      const ones = ofFunctions.filter((one) => plain(one.sid) === sid);
      const owners = [...new Set(ones.map(({ owner }) => owner))].sort();
      expect([sid, told[sid]?.actions, told[sid]?.who]).toEqual([
        sid,
        [...new Set(ones.flatMap(({ actions }) => actions))]
          .sort()
          .map((action) => `\`${action}\``)
          .join(', '),
        said(owners),
      ]);
    }
  });

  it('says why', () => {
    expect(rows.filter((row) => row.length !== 4 || (row[3] ?? '').length < 20)).toEqual([]);
  });
});

const arns = { inventoryKeyArn: 'a', vaultKeyArn: 'b', secretsKeyArn: 'c', configurationSet: 'd' };

/** Runs hold no state of their own, and tokens are shaped from what they say. */
function said(owners: readonly string[]): string {
  const everybody = Object.keys(functions);
  const working = everybody.filter((name) => name !== 'shape-token' && !Object.hasOwn(workflowFunctions, name));
  if (owners.length === everybody.length) return 'every function';
  return owners.join() === working.sort().join() ? 'every step, every trigger but shape-token' : owners.join(', ');
}

/** There is one statement for each zone. */
function plain(sid: string): string {
  return sid.replace(/\d+$/, '');
}
