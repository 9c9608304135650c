// What customers bring, taken apart.

import { ForgeCertificateFiles } from '../../src/adapters/forge/forge-certificate-files.ts';

export function certificateFiles(): ForgeCertificateFiles {
  return new ForgeCertificateFiles();
}
