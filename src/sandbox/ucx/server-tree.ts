// What is on a UCx's disk when it leaves the factory: Apache's file with its directives, and the self-signed set they name.

import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FACTORY_NAME, type FactorySet, makeSelfSigned } from './factory-set.ts';
import { exists, type UcxFolder } from './ucx-folder.ts';

/** `separate`: three files in two ordinary folders, as CentOS has them. `symlink`: all of them through one link to a folder. */
export type ServerLayout = 'separate' | 'symlink';

export interface TreeOptions {
  readonly layout: ServerLayout;
  /** Whether ssl.conf has `SSLCACertificateFile`. */
  readonly caFile: boolean;
  /** Whether ssl.conf has `SSLCertificateChainFile`, which only old Apache reads. */
  readonly chainFile: boolean;
  /** @default - made now */
  readonly factorySet: FactorySet | undefined;
}

export interface TreePaths {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string | undefined;
  readonly chain: string | undefined;
}

/** Leaves a server that already has its ssl.conf as it is: whatever happened to it since is its state. */
export async function furnish(folder: UcxFolder, options: TreeOptions, now: Date): Promise<void> {
  await folder.make();
  if (await exists(folder.sslConf)) return;
  const paths = factoryPaths(folder, options);
  await makeFolders(folder, options, paths);
  const set = options.factorySet ?? (await makeSelfSigned(FACTORY_NAME, now));
  await writeFile(join(folder.machine, 'factory.pem'), set.certificatePem, { mode: 0o644 });
  await put(paths.certificate, set.certificatePem, 0o644);
  await put(paths.key, set.keyPem, 0o640);
  if (paths.ca) await put(paths.ca, set.certificatePem, 0o644);
  if (paths.chain) await put(paths.chain, set.certificatePem, 0o644);
  await put(folder.sslConf, sslConf(paths), 0o644);
}

function factoryPaths(folder: UcxFolder, { layout, caFile, chainFile }: TreeOptions): TreePaths {
  const at = (path: string) => join(folder.root, path);
  if (layout === 'symlink') {
    const live = (name: string) => at(`etc/pki/ucx/live/${name}`);
    return {
      certificate: live('ucx.crt'),
      key: live('ucx.key'),
      ca: caFile ? live('ucx-ca.crt') : undefined,
      chain: chainFile ? live('ucx-chain.crt') : undefined,
    };
  }
  return {
    certificate: at('etc/pki/tls/certs/ucx.crt'),
    key: at('etc/pki/tls/private/ucx.key'),
    ca: caFile ? at('etc/pki/tls/certs/ucx-ca.crt') : undefined,
    chain: chainFile ? at('etc/pki/tls/certs/ucx-chain.crt') : undefined,
  };
}

async function makeFolders(folder: UcxFolder, { layout }: TreeOptions, paths: TreePaths): Promise<void> {
  if (layout === 'symlink') {
    const factory = join(folder.root, 'etc/pki/ucx/factory');
    await mkdir(factory, { recursive: true, mode: 0o755 });
    await symlink('factory', join(folder.root, 'etc/pki/ucx/live'));
    return;
  }
  for (const path of [paths.certificate, paths.key]) await mkdir(dirname(path), { recursive: true, mode: 0o755 });
}

/** The mode is set apart, because the one given at creation is cut by the umask. */
async function put(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { mode });
  await chmod(path, mode);
}

/** With what such files have in real life: comments, directives commented out, odd spacing, capitals, quotes. */
function sslConf({ certificate, key, ca, chain }: TreePaths): string {
  return `#
# This is the Apache server configuration file providing SSL support.
#
LoadModule ssl_module modules/mod_ssl.so
Listen 443

SSLPassPhraseDialog  builtin
SSLSessionCache         shmcb:/var/cache/mod_ssl/scache(512000)

<VirtualHost _default_:443>

ErrorLog logs/ssl_error_log
SSLEngine on
SSLProtocol all -SSLv2 -SSLv3

#   Server Certificate:
# Point SSLCertificateFile at a PEM encoded certificate.
#SSLCertificateFile /etc/pki/tls/certs/localhost.crt
   sslcertificatefile\t ${certificate}   

#   Server Private Key:
#SSLCertificateKeyFile /etc/pki/tls/private/localhost.key
SSLCertificateKeyFile    "${key}"

#   Server Certificate Chain:
${chain ? `SSLCertificateChainFile ${chain}` : '#SSLCertificateChainFile /etc/pki/tls/certs/server-chain.crt'}

#   Certificate Authority (CA):
${ca ? `SSLCACertificateFile\t${ca}` : '#SSLCACertificateFile /etc/pki/tls/certs/ca-bundle.crt'}

<Files ~ "\\.(cgi|shtml|phtml|php3?)$">
    SSLOptions +StdEnvVars
</Files>

</VirtualHost>
`;
}
