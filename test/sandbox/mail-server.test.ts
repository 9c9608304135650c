// The sandbox's mail server keeps what it took over, whole and for its owner only, and is as nasty as its dials say.

import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SmtpMail } from '../../src/adapters/mail/smtp-mail.ts';
import type { MailMessage } from '../../src/ports/mail.ts';
import { MailFolder } from '../../src/sandbox/mail-folder.ts';
import { type MailServer, startMailServer } from '../../src/sandbox/mail-server.ts';

const message = {
  messageId: '<1@emetrotel.test>',
  to: 'ops@northwind.test',
  subject: 'hello',
  text: 'line one\nline two',
};

describe('the mail server of the sandbox', () => {
  let parent: string;
  let folder: string;
  let server: MailServer;
  let now: Date;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'mail-server-'));
    folder = join(parent, 'deep', 'mails');
    now = new Date('2026-11-01T02:03:04.005Z');
    server = await startMailServer({ folder, now: () => now });
  });

  afterEach(async () => {
    await server.close();
    await rm(parent, { recursive: true, force: true });
  });

  const send = async (fields: Partial<MailMessage> = {}) =>
    await new SmtpMail({
      host: '127.0.0.1',
      port: server.port,
      tls: 'none',
      from: 'certs@emetrotel.test',
      timeoutMs: 5_000,
    }).send({ ...message, ...fields });

  it('keeps each mail as a file of its own that only its owner reads', async () => {
    await send();
    now = new Date('2026-11-01T02:03:05Z');
    await send({ messageId: '<2@emetrotel.test>', to: 'cto@northwind.test', subject: 'bye' });
    const files = (await readdir(folder)).sort();
    expect(files).toEqual([
      expect.stringMatching(/^20261101T020304\.005Z-.+\.eml$/),
      expect.stringMatching(/^20261101T020305\.000Z-.+\.eml$/),
    ]);
    for (const file of files) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('lists them oldest first, and so does a folder read without a server', async () => {
    await send();
    now = new Date('2026-11-01T02:03:05Z');
    await send({ messageId: '<2@emetrotel.test>', to: 'cto@northwind.test', subject: 'bye' });
    const from = 'certs@emetrotel.test';
    const expected = [
      { ...message, from, at: new Date('2026-11-01T02:03:04.005Z'), file: expect.any(String) },
      {
        messageId: '<2@emetrotel.test>',
        to: 'cto@northwind.test',
        subject: 'bye',
        text: message.text,
        from,
        at: now,
        file: expect.any(String),
      },
    ];
    expect(await server.mails.list()).toEqual(expected);
    expect(await new MailFolder(folder).list()).toEqual(expected);
  });

  it('counts repeats by their Message-ID', async () => {
    await send();
    await send();
    await send({ messageId: '<2@emetrotel.test>' });
    expect(await server.mails.counts()).toEqual(
      new Map([
        ['<1@emetrotel.test>', 2],
        ['<2@emetrotel.test>', 1],
      ]),
    );
  });

  it('shows no mail that was being written when the program was killed', async () => {
    await writeFile(join(folder, '20261101T020304.005Z-00000000-0000-0000-0000-000000000000.part'), 'From: half');
    await writeFile(join(folder, 'notes.txt'), 'not a mail');
    expect(await server.mails.list()).toEqual([]);
    expect(await new MailFolder(join(parent, 'nowhere')).list()).toEqual([]);
  });

  it('refuses some recipients and takes the others', async () => {
    server.dials.refuse = new Set(['gone@northwind.test']);
    await expect(send({ to: 'Gone@northwind.test' })).rejects.toMatchObject({ name: 'mail-refused' });
    await send();
    expect((await server.mails.list()).map(({ to }) => to)).toEqual(['ops@northwind.test']);
  });

  it('puts off the first attempt at each recipient', async () => {
    server.dials.greylist = true;
    await expect(send()).rejects.toMatchObject({ name: 'mail-not-delivered' });
    await send();
    await expect(send({ to: 'cto@northwind.test' })).rejects.toMatchObject({ name: 'mail-not-delivered' });
    expect(await server.mails.list()).toHaveLength(1);
  });

  it('loses as many answers as it is told, and keeps the mails', async () => {
    server.dials.loseAnswers = 1;
    await expect(send()).rejects.toMatchObject({ name: 'mail-not-delivered' });
    await send();
    expect(await server.mails.counts()).toEqual(new Map([['<1@emetrotel.test>', 2]]));
  });

  it('refuses a mail of more than a megabyte', async () => {
    const text = '世'.repeat(262_144);
    await expect(send({ text, html: text })).rejects.toMatchObject({ name: 'mail-refused', message: /552/ });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says it failed when it cannot keep a mail', async () => {
    await rm(folder, { recursive: true });
    await expect(send()).rejects.toMatchObject({ name: 'mail-not-delivered', message: /451/ });
  });
});
