// A certificate that was brought and cannot be used: one problem with everything that is wrong with it.

import type { Finding } from './certificate-findings.ts';
import { Problem } from './problem.ts';

/** `certificate-refused`; phones that would not connect are reason enough. */
export class CertificateRefusal extends Problem {
  /** Those that stand in the way, what matters most first; never empty. */
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const against = findings.filter(({ severity }) => severity === 'refused' || severity === 'desktop-only');
    const said = against.map(({ sentence }) => sentence).join('; ');
    super('certificate-refused', `the certificate cannot be used: ${said}`, { field: 'certificate' });
    this.findings = against;
  }
}
