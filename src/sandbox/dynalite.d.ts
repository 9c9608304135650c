// What we use of dynalite 4.0.0, which comes without types.

declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** Folder of its LevelDB; in memory without. */
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  /** Opens the database at once and listens when told to; `close` closes both. */
  export default function dynalite(options: DynaliteOptions): Server;
}

declare module 'dynalite/db/index.js' {
  interface DynaliteStore {
    readonly db: {
      open(): Promise<void>;
      close(): Promise<void>;
      keys(): AsyncIterable<string>;
      get(key: string): Promise<object>;
      put(key: string, value: object): Promise<void>;
      del(key: string): Promise<void>;
    };
  }

  const database: { create(options: { readonly path: string }): DynaliteStore };
  export default database;
}
