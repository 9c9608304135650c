// The code of a function: its bundle, made when the stack is to be deployed.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { writeBundle } from './bundle.ts';
import type { FunctionName } from './functions.ts';
import type { StageSettings } from './stage-settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** With `aws:cdk:bundling-stacks` empty, the folder stands in. */
export function functionCode(name: FunctionName, stage: StageSettings): Code {
  return Code.fromAsset(join(root, 'lambdas'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      // CDK remembers a bundle by its options, and not by what `local` does: without this, all functions would be the first.
      environment: { FUNCTION: name, STAGE: stage.name },
      local: {
        tryBundle: (folder) => {
          writeBundle(name, stage, folder);
          return true;
        },
      },
    },
  });
}
