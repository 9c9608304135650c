// Every function as it is deployed.

import { bundlePromises } from '../support/bundle-promises.ts';
import { functionNames } from '../support/bundles.ts';

bundlePromises(functionNames);
