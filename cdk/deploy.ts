// `npm run deploy -- <deployment stage>`: with the AWS credentials of the shell.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { CloudFormationClient, SetStackPolicyCommand } from '@aws-sdk/client-cloudformation';
import { deploy } from './deployment.ts';
import { readStage } from './stage-settings.ts';

const [name, ...others] = process.argv.slice(2);
if (name === undefined || others.length > 0) {
  process.stderr.write('npm run deploy -- <deployment stage>: the name of a file in cdk/stages\n');
  process.exit(2);
}
const stage = readStage(name);
const client = new CloudFormationClient({ region: stage.region });

process.exitCode = await deploy(stage, { cdk: runCdk, ask, setStackPolicy, say: (line) => console.log(line) });

function runCdk(args: readonly string[]): Promise<number> {
  const child = spawn('cdk', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

async function setStackPolicy(stack: string, policy: string): Promise<boolean> {
  try {
    await client.send(new SetStackPolicyCommand({ StackName: stack, StackPolicyBody: policy }), {
      abortSignal: AbortSignal.timeout(30_000),
    });
    return true;
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return false;
    throw error;
  }
}
