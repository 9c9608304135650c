// The production Mail against a real SMTP server: what is on the wire, what is refused, what never leaks.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SmtpMail, type SmtpMailOptions } from '../../../src/adapters/mail/smtp-mail.ts';
import { type MailServer, type MailServerOptions, startMailServer } from '../../../src/sandbox/mail-server.ts';
import { mailContract } from '../../contracts/mail.ts';
import { makeRoot } from '../../support/leaves.ts';
import { startRawServer } from '../../support/tls-server.ts';

const SENDER = 'UCx certificates <certificates@emetrotel.test>';
const PASSWORD = 'correct horse battery staple';
const message = {
  messageId: '<1@emetrotel.test>',
  to: 'ops@northwind.test',
  subject: 'hello',
  text: 'line one\nline two',
};

let folder: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smtp-mail-'));
});

afterEach(async () => {
  await Promise.all(closing.splice(0).map(async (close) => await close()));
  await rm(folder, { recursive: true, force: true });
});

describe('SmtpMail', () => {
  mailContract(async () => {
    const { server, mail } = await open();
    return {
      mail,
      delivered: async () => await server.mails.list(),
      octets: async () => {
        const files = (await server.mails.list()).map(({ file }) => join(folder, file));
        return await Promise.all(files.map(async (file) => await readFile(file)));
      },
      behave(fate) {
        server.dials.refuse = new Set(fate === 'refused' ? ['ops@northwind.test'] : []);
        server.dials.greylist = fate === 'not-delivered';
        server.dials.loseAnswers = fate === 'lost-answer' ? 1 : 0;
      },
      close: async () => undefined,
    };
  });

  it('writes a message that any reader and any machine understands', async () => {
    const { server, mail } = await open({ now: () => new Date('2026-11-01T02:03:04Z') });
    await mail.send({ ...message, subject: 'Größe', html: '<p>line one</p>' });
    const [kept] = await server.mails.list();
    const raw = await readFile(join(folder, kept?.file ?? ''), 'utf8');
    for (const line of [
      'From: UCx certificates <certificates@emetrotel.test>',
      'To: ops@northwind.test',
      'Subject: =?UTF-8?Q?Gr=C3=B6=C3=9Fe?=',
      'Message-ID: <1@emetrotel.test>',
      'Date: Sun, 01 Nov 2026 02:03:04 +0000',
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
    ]) {
      expect(raw).toContain(`${line}\r\n`);
    }
    expect(raw).toMatch(
      /multipart\/alternative[\s\S]+text\/plain[\s\S]+line one[\s\S]+text\/html[\s\S]+<p>line one<\/p>/,
    );
    expect(raw).not.toMatch(/nodemailer/i);
  });

  it('sends a calendar as mail programs expect it: an alternative with its method, and a file', async () => {
    const { server, mail } = await open();
    const calendar = { method: 'CANCEL' as const, content: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' };
    await mail.send({ ...message, html: '<p>line one</p>', calendar });
    const [kept] = await server.mails.list();
    const raw = await readFile(join(folder, kept?.file ?? ''), 'utf8');
    const parts = [...raw.matchAll(/^Content-(?:Type|Disposition): (.*(?:\r\n .*)*)/gm)].map((match) =>
      (match[1] ?? '').replaceAll(/\s+/g, ' ').replace(/boundary=.*/, 'boundary'),
    );
    expect(parts).toEqual([
      'multipart/mixed; boundary',
      'multipart/alternative; boundary',
      'text/plain; charset=utf-8',
      'text/html; charset=utf-8',
      'text/calendar; charset=utf-8; method=CANCEL',
      'application/ics; name=restart.ics',
      'attachment; filename=restart.ics',
    ]);
    expect(kept?.calendar).toEqual({ ...calendar, file: 'restart.ics' });
  });

  it('dates a message when it was written, not when it is sent', async () => {
    const { server, mail } = await open({ now: () => new Date('2026-11-01T02:03:04Z') });
    await mail.send({ ...message, writtenAt: new Date('2026-10-31T23:59:59.999Z') });
    const [kept] = await server.mails.list();
    expect(await readFile(join(folder, kept?.file ?? ''), 'utf8')).toContain(
      'Date: Sat, 31 Oct 2026 23:59:59 +0000\r\n',
    );
  });

  it('passes on what the server said, with its code', async () => {
    const { server, mail } = await open();
    server.dials.refuse = new Set(['ops@northwind.test']);
    await expect(mail.send(message)).rejects.toThrow(
      new RegExp(`^mail to "ops@northwind.test" was refused by "127.0.0.1" port ${server.port}: .*550 .*no such user`),
    );
    server.dials.refuse = new Set();
    server.dials.greylist = true;
    await expect(mail.send(message)).rejects.toThrow(/not taken over .*451 .*greylisted/);
  });

  it('is patient with a slow server', async () => {
    const { server, mail } = await open();
    server.dials.delayMs = 50;
    await mail.send(message);
    expect(await server.mails.counts()).toEqual(new Map([['<1@emetrotel.test>', 1]]));
  });

  it.each(['at-greeting', 'after-message'] as const)(
    'gives up at its deadline when the server hangs %s',
    async (hang) => {
      const { server, mail } = await open({ timeoutMs: 80 });
      server.dials.hang = hang;
      await expect(mail.send(message)).rejects.toMatchObject({
        name: 'mail-not-delivered',
        message: expect.stringMatching(/no 250 within 80 ms|[Tt]imeout/),
      });
    },
  );

  it('gives up at its deadline when the password does not come', async () => {
    const password = () => new Promise<string>(() => undefined);
    const { mail } = await open({ timeoutMs: 60, auth: { user: 'certs', password } });
    await expect(mail.send(message)).rejects.toMatchObject({ name: 'mail-not-delivered' });
  });

  it('says that nothing listens', async () => {
    const { server, mail } = await open();
    await server.close();
    await expect(mail.send(message)).rejects.toMatchObject({
      name: 'mail-not-delivered',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  describe('with a log-in', () => {
    const login = { user: 'certs', password: PASSWORD };

    it('logs in with the password of the moment', async () => {
      let current = 'stale';
      const { server, mail } = await open({ auth: { user: 'certs', password: async () => current } }, { login });
      await expect(mail.send(message)).rejects.toMatchObject({ name: 'mail-refused', message: /535/ });
      current = PASSWORD;
      await mail.send(message);
      expect(await server.mails.list()).toHaveLength(1);
    });

    it('is refused without one', async () => {
      const { mail } = await open({}, { login });
      await expect(mail.send(message)).rejects.toMatchObject({ name: 'mail-refused', message: /530/ });
    });

    it('lets the password into no error, not even when the server echoes what it was sent', async () => {
      const port = await startEcho();
      const mail = new SmtpMail({
        ...settings(port),
        auth: { user: 'certs', password: async () => PASSWORD },
      });
      const error = await mail.send(message).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ name: 'mail-refused', message: /535 .*\(secret\)/ });
      for (const form of [PASSWORD, base64(PASSWORD), base64(`\0certs\0${PASSWORD}`)]) {
        expect(inspected(error)).not.toContain(form);
      }
    });
  });

  describe('with TLS', () => {
    it('takes STARTTLS with a certificate that is right', async () => {
      const { mail, server } = await openTls('localhost');
      await mail.send(message);
      expect(await server.mails.list()).toHaveLength(1);
    });

    it('sends nothing when the certificate is another name’s', async () => {
      const { mail, server } = await openTls('mail.other.test');
      await expect(mail.send(message)).rejects.toMatchObject({
        name: 'mail-not-delivered',
        message: /altname|localhost/i,
      });
      expect(await server.mails.list()).toEqual([]);
    });

    it('sends nothing when the certificate is a stranger’s', async () => {
      const { mail, server } = await openTls('localhost', await makeRoot());
      await expect(mail.send(message)).rejects.toMatchObject({
        name: 'mail-not-delivered',
        message: /verify|certificate/,
      });
      expect(await server.mails.list()).toEqual([]);
    });

    it('sends nothing when STARTTLS is not offered', async () => {
      const { mail, server } = await open({ tls: 'starttls' });
      await expect(mail.send(message))
        .rejects.toMatchObject({ name: 'mail-refused' })
        .catch(() => undefined);
      await expect(mail.send(message)).rejects.toThrow(/TLS/);
      expect(await server.mails.list()).toEqual([]);
    });

    it('may try again when somebody refuses STARTTLS for good', async () => {
      const server = await startRawServer((socket) => {
        socket.write('220 mail ESMTP\r\n');
        socket.on('data', (chunk) => {
          socket.write(chunk.toString().startsWith('EHLO') ? '250-mail\r\n250 STARTTLS\r\n' : '554 no TLS here\r\n');
        });
      });
      closing.push(server.close);
      const mail = new SmtpMail({ ...settings(server.port), tls: 'starttls' });
      await expect(mail.send(message)).rejects.toMatchObject({ name: 'mail-not-delivered', message: /STARTTLS.*554/ });
    });

    it.each(['mail.emetrotel.test', '203.0.113.9', '10.0.0.1', '127.evil.test'])('is not optional for %s', (host) => {
      expect(() => new SmtpMail({ ...settings(25), host })).toThrow('must be reached by TLS');
    });
  });

  it.each([
    { what: 'noise', hostile: (socket: Socket) => void socket.write(Buffer.alloc(200_000, 0x41)) },
    { what: 'a banner that never ends', hostile: drip },
    { what: 'a hang-up', hostile: (socket: Socket) => void socket.end() },
    {
      what: 'an answer that is no SMTP',
      hostile: (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    },
  ])('is not held up by $what', async ({ hostile }) => {
    const server = await startRawServer(hostile);
    closing.push(server.close);
    const mail = new SmtpMail({ ...settings(server.port), timeoutMs: 150 });
    await expect(mail.send(message)).rejects.toMatchObject({ name: 'mail-not-delivered' });
  });
});

function settings(port: number): SmtpMailOptions {
  return { host: '127.0.0.1', port, tls: 'none', from: SENDER, timeoutMs: 5_000 };
}

async function open(
  options: Partial<SmtpMailOptions> = {},
  serverOptions: Partial<MailServerOptions> = {},
): Promise<{ server: MailServer; mail: SmtpMail }> {
  const server = await startMailServer({ folder, ...serverOptions });
  closing.push(server.close);
  return { server, mail: new SmtpMail({ ...settings(server.port), ...options }) };
}

async function openTls(name: string, signer?: Awaited<ReturnType<typeof makeRoot>>) {
  const root = await makeRoot();
  const leaf = await (signer ?? root).leaf({ names: [name], keyType: 'rsa-2048' });
  return await open({ host: 'localhost', tls: 'starttls', roots: [root.pem] }, { tls: leaf });
}

/** Answers every log-in by quoting it. */
async function startEcho(): Promise<number> {
  const server = await startRawServer((socket) => {
    socket.write('220 echo ESMTP\r\n');
    socket.on('data', (chunk) => {
      const line = chunk.toString().trim();
      if (line.startsWith('EHLO')) socket.write('250-echo\r\n250 AUTH PLAIN\r\n');
      else socket.write(`535 no: ${line} or ${PASSWORD} or ${base64(PASSWORD)}\r\n`);
    });
  });
  closing.push(server.close);
  return server.port;
}

function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('220-still\r\n'), 5);
  socket.on('close', () => clearInterval(timer));
}

function inspected(error: unknown): string {
  const { message: said, stack, cause } = error as Error;
  return `${said} ${stack} ${String(cause)} ${JSON.stringify(error)}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
