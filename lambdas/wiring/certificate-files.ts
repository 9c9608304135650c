// Files in which customers bring certificates.

import { ForgeCertificateFiles } from '../../src/adapters/forge/forge-certificate-files.ts';

export function certificateFiles(): ForgeCertificateFiles {
  return new ForgeCertificateFiles();
}
