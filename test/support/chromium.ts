// Pages shown by Chromium, which can reach nothing but a proxy of ours: what it asks for besides the page is written down and refused.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  /** What the reader has set in their system. @default false */
  readonly dark?: boolean;
}

export interface ShownPage {
  readonly png: Buffer;
  /** URLs, or `host:port` for what was to be encrypted, other than the page itself and what Chromium asks its maker. */
  readonly asked: readonly string[];
}

const PAGE = 'http://page.test/';

/** Time, updates and accounts; and the browser's wish for an icon, which no mail program has. All of it is refused like the rest. */
const CHROMIUMS_OWN =
  /^(?:https?:\/\/)?(?:(?:update|[a-z]+-pa|content-[a-z]+|optimizationguide-[a-z]+)\.googleapis\.com|[a-z0-9]+\.google\.com|[a-z0-9.]+\.gvt1\.com)[:/]|^http:\/\/page\.test\/favicon\.ico$/;
const TIMEOUT_MS = 60_000;

export async function showPage(
  html: string,
  { width = 720, height = 900, dark = false }: PageOptions = {},
): Promise<ShownPage> {
  const folder = await mkdtemp(join(tmpdir(), 'chromium-'));
  const asked: string[] = [];
  const proxy = createServer(({ url = '' }, response) => {
    if (url !== PAGE) asked.push(url);
    response.writeHead(url === PAGE ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(url === PAGE ? html : '');
  });
  proxy.on('connect', ({ url = '' }, socket) => {
    asked.push(url);
    // Chromium does not always wait for the refusal.
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const picture = join(folder, 'page.png');
  try {
    await run([
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--hide-scrollbars',
      '--force-device-scale-factor=1',
      `--blink-settings=preferredColorScheme=${dark ? 0 : 1}`,
      `--proxy-server=http://127.0.0.1:${port}`,
      '--proxy-bypass-list=<-loopback>',
      `--user-data-dir=${join(folder, 'profile')}`,
      `--window-size=${width},${height}`,
      `--screenshot=${picture}`,
      PAGE,
    ]);
    return { png: await readFile(picture), asked: asked.filter((url) => !CHROMIUMS_OWN.test(url)) };
  } finally {
    proxy.closeAllConnections();
    proxy.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function run(options: readonly string[]): Promise<void> {
  const chromium = spawn('chromium', options, {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  chromium.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4_000);
  });
  const [code] = await once(chromium, 'close');
  if (code !== 0) throw new Error(`chromium ended with ${code}: ${said}`);
}
