// A CA in a process of its own, to be killed: `node ca-process.ts <folder> <dns server>` prints where it is as one line of JSON.

import { SandboxCa } from '../../../src/sandbox/ca/sandbox-ca.ts';

const [folder = '', dnsServer = ''] = process.argv.slice(2);
const ca = await SandboxCa.start({
  folder,
  dnsServers: [dnsServer],
  dials: { refuseNonces: 0, reuseAuthorizations: 0, validationDelayMs: [0, 20], finalizeDelayMs: [0, 20] },
});
console.log(JSON.stringify({ directoryUrl: ca.directoryUrl, tlsRootPem: ca.tlsRootPem, rootPem: ca.rootPem }));
