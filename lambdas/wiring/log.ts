// One structured line per call, in the words alarms look for.

import { Logger } from '@aws-lambda-powertools/logger';
import { PowertoolsLog } from '../../src/adapters/aws/powertools-log.ts';
import type { Log } from '../../src/ports/log.ts';

export function log(): Log {
  return new PowertoolsLog(new Logger({ serviceName: 'ucx-certs' }));
}
