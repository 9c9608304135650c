// The memory publications keep the rules the others keep.

import { describe } from 'vitest';
import { MemoryPublications } from '../../../src/adapters/memory/memory-publications.ts';
import { publicationsContract } from '../../contracts/publications.ts';

describe('MemoryPublications', () => {
  publicationsContract(async () => {
    const publications = new MemoryPublications();
    return {
      publications,
      held: async (reference) => publications.held().get(reference),
      count: async () => publications.held().size,
      take: async (reference) => publications.take(reference),
    };
  });
});
