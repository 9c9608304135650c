// Runs in a process of its own: loads a bundle as Lambda's runtime does and calls its handler for each message.

import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Call {
  readonly id: number;
  readonly event: unknown;
}

const folder = process.argv[2] ?? '';
const { handler } = createRequire(join(folder, 'index.js'))('./index.js') as {
  readonly handler: (event: unknown, context: unknown) => Promise<unknown>;
};
if (typeof handler !== 'function') throw new Error(`${folder} exports no handler`);

process.on('message', async ({ id, event }: Call) => {
  const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? '';
  const context = { awsRequestId: `request-${id}`, functionName, getRemainingTimeInMillis: () => 60_000 };
  try {
    process.send?.({ id, result: await handler(event, context) });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    process.send?.({ id, error: { name, message } });
  }
});
process.send?.({ loaded: true });
