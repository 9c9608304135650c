// Each call is one line of JSON on standard output, and no secret gets into it.

import { generateKeyPairSync } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PowertoolsLog } from '../../../src/adapters/aws/powertools-log.ts';
import { signToken } from '../../../src/api/bearer-token.ts';

const pem = String(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }),
);

describe('PowertoolsLog', () => {
  it('writes level, sentence and fields as one line', () => {
    const { log, lines } = open();
    log.info('order accepted', { orderId: 'o1', retries: 0, late: false, gone: undefined });
    log.warn('renewal due');
    log.error('order failed', { code: 'ca-busy' });
    expect(lines().map((line) => JSON.parse(line))).toMatchObject([
      { level: 'INFO', message: 'order accepted', service: 'ucx-certs', orderId: 'o1', retries: 0, late: false },
      { level: 'WARN', message: 'renewal due' },
      { level: 'ERROR', message: 'order failed', code: 'ca-busy' },
    ]);
    expect(lines()[0]).not.toContain('gone');
  });

  it('stays one line whatever the text holds', () => {
    const { log, lines } = open();
    log.info('a\nb', { text: 'c\r\nd' });
    expect(lines()).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ message: 'a\nb', text: 'c\r\nd' });
  });

  it('lets no field pass for its own', () => {
    const { log, lines } = open();
    log.info('true', { message: 'false', level: 'ERROR', service: 'other', timestamp: 'never', error: 'none' });
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
      ...{ level: 'INFO', message: 'true', service: 'ucx-certs' },
      ...{ message_: 'false', level_: 'ERROR', service_: 'other', timestamp_: 'never', error_: 'none' },
    });
  });

  it('takes keys and tokens out, from sentence and field', async () => {
    const { log, lines } = open();
    const token = await signToken({ partner: 'p', scopes: ['orders:read'] }, new Uint8Array(32), new Date(0), 60);
    log.error(`cannot read ${pem}`, { seen: pem, header: `Bearer ${token}`, cut: `${'x'.repeat(3_950)}${pem}`, token });
    const [line = ''] = lines();
    const secrets = [...pem.split('\n').slice(1, 3), ...token.split('.').slice(1), pem.slice(40, 60)];
    expect(secrets.filter((secret) => line.includes(secret))).toEqual([]);
    expect(line).toContain('(secret)');
  });

  it('cuts long texts', () => {
    const { log, lines } = open();
    log.info('x'.repeat(100_000), { text: 'y'.repeat(100_000) });
    expect(lines().join('').length).toBeLessThan(9_000);
  });
});

function open() {
  const written: string[] = [];
  const keep = (chunk: unknown) => {
    written.push(String(chunk));
    return true;
  };
  const spies = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  for (const spy of spies) spy.mockImplementation(keep);
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  const log = new PowertoolsLog(new Logger({ serviceName: 'ucx-certs', logLevel: 'INFO' }));
  return {
    log,
    lines: () =>
      written
        .join('')
        .split('\n')
        .filter((line) => line !== ''),
  };
}
