// Chains of aliases: where they end, and what is said when they end badly.

import { describe, expect, it } from 'vitest';
import { type AliasChain, delegationTarget, endOf, endsElsewhere, extendChain } from '../../src/domain/delegation.ts';

const name = '_acme-challenge.pbx.customer.example';

describe('a chain of aliases', () => {
  it('grows by names in our form', () => {
    expect(extendChain([name], 'Hub.Customer.Example.')).toEqual([name, 'hub.customer.example']);
  });

  it.each([
    '',
    'a b.example',
    'a"b.example',
    'a..example',
    '*.example',
    'é.example',
    'a\u202eb.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}b`,
  ])('does not lead to %j', (target) => {
    expect(() => extendChain([name], target)).toThrow('which is no name to prove at');
  });

  it('shows itself when it goes in circles', () => {
    expect(() => extendChain([name, 'hub.example'], name)).toThrow(
      `the aliases of "${name}" go in circles: ${name} → hub.example → ${name}`,
    );
  });

  it('has at most eight aliases', () => {
    let chain: AliasChain = [name];
    for (let index = 1; index <= 8; index += 1) chain = extendChain(chain, `l${index}.example`);
    expect(endOf(chain)).toBe('l8.example');
    expect(() => extendChain(chain, 'l9.example')).toThrow('more than 8 aliases');
  });
});

describe('a chain that ends elsewhere', () => {
  it('says the record to set', () => {
    expect(endsElsewhere([name], 'challenges.us.test').message).toBe(
      `no zone of ours covers "${name}"; have it hosted with us, or set: ${name} CNAME pbx.customer.example.challenges.us.test`,
    );
    expect(endsElsewhere([name, 'x.example'], undefined).message).toBe(
      `no zone of ours covers "x.example" (${name} → x.example); have it hosted with us, or set: ${name} CNAME <a name in a zone of ours>`,
    );
  });

  it('leads every name to a target of its own that DNS can hold', () => {
    const long = (last: string) =>
      `_acme-challenge.${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(50)}${last}.example`;
    const targets = [long('x'), long('y')].map((each) => delegationTarget(each, 'challenges.us.test'));
    expect(new Set(targets).size).toBe(2);
    for (const target of targets) expect(target).toMatch(/^[0-9a-f]{32}\.challenges\.us\.test$/);
  });
});
