// The log as CloudWatch reads it: one structured line a call through Powertools' logger, with what looks like a secret taken out.

import type { Logger } from '@aws-lambda-powertools/logger';
import { withoutSecrets } from '../../domain/secret-text.ts';
import type { Log, LogFields } from '../../ports/log.ts';

/** Longer texts are cut here: CloudWatch takes 256 KB a line, and one call must not fill it. */
const MAX_TEXT_LENGTH = 4_000;

/** Keys Powertools writes itself; a field of such a name gets an underscore. https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/ */
const OURS: readonly string[] = [
  'cold_start',
  'error',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'level',
  'message',
  'sampling_rate',
  'service',
  'timestamp',
  'tenant_id',
  'xray_trace_id',
];

export class PowertoolsLog implements Log {
  readonly #logger: Pick<Logger, 'info' | 'warn' | 'error'>;

  constructor(logger: Pick<Logger, 'info' | 'warn' | 'error'>) {
    this.#logger = logger;
  }

  info(sentence: string, fields?: LogFields): void {
    this.#logger.info(cleaned(sentence), named(fields));
  }

  warn(sentence: string, fields?: LogFields): void {
    this.#logger.warn(cleaned(sentence), named(fields));
  }

  error(sentence: string, fields?: LogFields): void {
    this.#logger.error(cleaned(sentence), named(fields));
  }
}

function named(fields: LogFields = {}): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const key = withoutSecrets(OURS.includes(name) ? `${name}_` : name);
      return [[key, typeof value === 'string' ? cleaned(value) : value]];
    }),
  );
}

/** Cut before it is cleaned: a key that is cut off is known by its beginning. */
function cleaned(text: string): string {
  const short = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  return withoutSecrets(short);
}
