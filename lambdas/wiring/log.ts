// One structured line a call, as the alarms count them.

import { Logger } from '@aws-lambda-powertools/logger';
import { PowertoolsLog } from '../../src/adapters/aws/powertools-log.ts';

export function log(): PowertoolsLog {
  const persistentKeys = { function: process.env.AWS_LAMBDA_FUNCTION_NAME };
  return new PowertoolsLog(new Logger({ serviceName: 'ucx-certs', logLevel: 'INFO', persistentKeys }));
}
