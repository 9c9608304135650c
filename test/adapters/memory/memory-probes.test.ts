// The Probes of workflow tests answer what they are told, in the manner of the real ones.

import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MemoryProbes, type Sight, servedSighting } from '../../../src/adapters/memory/memory-probes.ts';
import { probesContract, type Serving } from '../../contracts/probes.ts';

const DISTRUST: Partial<Record<Serving, string>> = {
  'without-intermediate': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  expired: 'CERT_HAS_EXPIRED',
  'not-yet-valid': 'CERT_NOT_YET_VALID',
  'other-name': 'ERR_TLS_CERT_ALTNAME_INVALID',
  'foreign-root': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
};

describe('MemoryProbes', () => {
  probesContract(async () => {
    let now: Serving = 'good';
    const chainPem = () => (now === 'without-intermediate' ? ['leaf'] : ['leaf', 'intermediate']);
    const outside: Sight = ({ as }) => {
      if (now === 'nothing-listens' || (now === 'static-keys' && as === 'apple')) return undefined;
      if (now === 'not-tls') throw new Error('wrong version number');
      if (now === 'silent') return { kind: 'unreachable', why: 'no answer' };
      return servedSighting({ fingerprint: 'aa', chainPem: chainPem(), distrust: DISTRUST[now] });
    };
    const inside: Sight = async (endpoint, dial) => {
      const stream = await dial?.(endpoint.port);
      stream?.destroy();
      return await outside(endpoint);
    };
    const probes = new MemoryProbes({ outside, inside });
    return {
      probes,
      impatient: probes,
      async serve(how) {
        now = how;
        const streams: Duplex[] = [];
        return {
          endpoint: { name: 'pbx.northwind.test', port: 21_326 },
          fingerprint: 'aa',
          certificates: chainPem().length,
          streams: () => streams,
          async dial() {
            const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
            streams.push(stream);
            return stream;
          },
        };
      },
      close: async () => undefined,
    };
  });

  const endpoint = { name: 'pbx.northwind.test', port: 21_326 };
  const dial = () => Promise.reject(new Error('not dialled'));

  it('sees nothing until it is told what', async () => {
    const why = '"pbx.northwind.test" port 21326: nothing there';
    expect(await new MemoryProbes().outside(endpoint)).toEqual({ kind: 'unreachable', why });
  });

  it('sees the same from both sides unless told otherwise, and remembers the looks', async () => {
    const probes = new MemoryProbes({ outside: () => servedSighting({ fingerprint: 'bb' }) });
    expect(await probes.inside(endpoint, dial)).toEqual(await probes.outside(endpoint));
    expect(probes.looks()).toEqual([
      { from: 'inside', endpoint },
      { from: 'outside', endpoint },
    ]);
  });
});
