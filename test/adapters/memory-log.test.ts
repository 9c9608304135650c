// The memory log gives back what was said.

import { expect, it } from 'vitest';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';

it('gives back what was said, in order', () => {
  const log = new MemoryLog();
  log.info('order accepted', { orderId: 'o1' });
  log.warn('renewal due');
  log.error('order failed', { code: 'ca-busy' });
  expect(log.lines()).toEqual([
    { level: 'info', sentence: 'order accepted', fields: { orderId: 'o1' } },
    { level: 'warn', sentence: 'renewal due', fields: {} },
    { level: 'error', sentence: 'order failed', fields: { code: 'ca-busy' } },
  ]);
});
