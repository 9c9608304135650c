// One function of each kind as it is deployed; `every-bundle.peers.ts` has all of them.

import { bundlePromises } from '../support/bundle-promises.ts';

bundlePromises([
  'register-order',
  'answer-challenges',
  'stage-certificate',
  'send-notice',
  'note-bounce',
  'fulfil-order',
]);
