// Keeps each hosted zone in a file that is either the old or the new one, whenever the process is killed.

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { recordTypes } from '../dns/record-set.ts';
import type { HostedZone } from './hosted-zone.ts';

const recordSchema = z.object({
  name: z.string(),
  type: z.enum(recordTypes),
  ttl: z.number(),
  values: z.array(z.string()),
  aliasTarget: z.string().exactOptional(),
  setIdentifier: z.string().exactOptional(),
});

const zoneSchema = z.object({
  id: z.string().regex(/^Z[A-Z0-9]+$/),
  name: z.string(),
  privateZone: z.boolean(),
  serial: z.number(),
  records: z.array(recordSchema),
  changeIds: z.array(z.string()),
});

/** Synchronous on purpose: a change is on disk before anybody can read it back. A rename is enough against a kill. */
export class ZoneFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  read(): readonly HostedZone[] {
    const files = readdirSync(this.#folder).filter((file) => /^Z[A-Z0-9]+\.json$/.test(file));
    return files.map((file) => zoneSchema.parse(JSON.parse(readFileSync(join(this.#folder, file), 'utf8'))));
  }

  write(zone: HostedZone): void {
    const file = join(this.#folder, `${zone.id}.json`);
    writeFileSync(`${file}.new`, `${JSON.stringify(zone, undefined, 1)}\n`);
    renameSync(`${file}.new`, file);
  }
}
