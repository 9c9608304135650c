// The sandbox's mail server: takes mail over SMTP on loopback, keeps each as a file before it says so, and can be nasty.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { MailFolder } from './mail-folder.ts';
import { ReturnedMail, writeReturned } from './returned-mail.ts';

/** Turned while the server runs; each holds for what comes after. */
export interface MailDials {
  /** Recipients that do not exist (550), lower case. */
  refuse: ReadonlySet<string>;
  /** The first attempt at each recipient is put off (451). */
  greylist: boolean;
  /** How long every answer to a message takes, in milliseconds. */
  delayMs: number;
  /** Stops answering: from the first moment, or once it has the message (which it then does not keep). */
  hang: 'no' | 'at-greeting' | 'after-message';
  /** How many of the next messages are kept while the connection breaks before the 250. */
  loseAnswers: number;
  /** Recipients whose mail is taken over (250) and comes back to its sender as a report (RFC 3464), lower case. */
  bounce: ReadonlySet<string>;
}

export interface MailServerOptions {
  /** Made if missing, mode 0700. */
  readonly folder: string;
  /** @default 0, any free port */
  readonly port?: number;
  /** @default - the machine's clock */
  readonly now?: () => Date;
  readonly dials?: Partial<MailDials>;
  /** The only log-in there is, and it is asked for. @default - none is */
  readonly login?: { readonly user: string; readonly password: string };
  /** PEM, to offer STARTTLS. @default - not offered */
  readonly tls?: { readonly keyPem: string; readonly chainPem: string };
}

export interface MailServer {
  readonly port: number;
  readonly dials: MailDials;
  readonly mails: MailFolder;
  /** The mailbox of whoever sends: what came back. */
  readonly returned: ReturnedMail;
  close(): Promise<void>;
}

/** No notice of ours is larger; what is gets a 552. */
const MAX_MAIL_BYTES = 1_048_576;

/** Listens on 127.0.0.1 only. */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const { folder, port = 0, now = () => new Date(), login, tls } = options;
  const returnedFolder = join(folder, 'returned');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const dials: MailDials = { ...DEFAULT_DIALS, ...options.dials };
  const seen = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();

  const server = new SMTPServer({
    name: 'mail.sandbox.test',
    size: MAX_MAIL_BYTES,
    disableReverseLookup: true,
    closeTimeout: 100,
    socketTimeout: 60_000,
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disabledCommands: [...(login === undefined ? ['AUTH'] : []), ...(tls === undefined ? ['STARTTLS'] : [])],
    ...(tls === undefined ? {} : { key: tls.keyPem, cert: tls.chainPem }),

    onConnect(_session, done) {
      if (dials.hang !== 'at-greeting') done();
    },

    onAuth({ username, password }, _session, done) {
      if (login !== undefined && username === login.user && password === login.password) done(null, { user: username });
      else done(answer(535, 'authentication failed'));
    },

    onRcptTo({ address }, { envelope }, done) {
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
      const pair = `${from} ${address}`;
      if (dials.refuse.has(address.toLowerCase())) return done(answer(550, 'no such user here'));
      if (dials.greylist && !seen.has(pair)) {
        seen.add(pair);
        return done(answer(451, 'greylisted, try again later'));
      }
      done();
    },

    onData(stream, session, done) {
      const later = (work: () => void) => {
        const timer = setTimeout(work, dials.delayMs);
        timers.add(timer);
      };
      takeOver(stream)
        .then((refusal) => later(() => (refusal === 'hang' ? undefined : done(refusal))))
        .catch((error: unknown) => done(answer(451, error instanceof Error ? error.message : 'not kept')));

      async function takeOver(mail: Readable & { sizeExceeded: boolean }): Promise<Error | undefined | 'hang'> {
        const bytes = Buffer.concat(await mail.toArray());
        if (mail.sizeExceeded) return answer(552, 'message too large');
        if (dials.hang === 'after-message') return 'hang';
        await keep(folder, now(), bytes);
        await bounce(bytes);
        if (dials.loseAnswers === 0) return undefined;
        dials.loseAnswers -= 1;
        cut(server, session);
        return 'hang';
      }

      async function bounce(mail: Uint8Array): Promise<void> {
        const { mailFrom, rcptTo } = session.envelope;
        if (mailFrom === false) return;
        for (const { address } of rcptTo.filter(({ address }) => dials.bounce.has(address.toLowerCase()))) {
          const at = now();
          await mkdir(returnedFolder, { recursive: true, mode: 0o700 });
          await keep(returnedFolder, at, writeReturned({ from: mailFrom.address, to: address, mail, at }));
        }
      }
    },
  });
  server.on('error', () => undefined);

  const listening = server.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('the mail server has no port');
  return {
    port: address.port,
    dials,
    mails: new MailFolder(folder),
    returned: new ReturnedMail(returnedFolder),
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

const DEFAULT_DIALS: MailDials = {
  refuse: new Set(),
  greylist: false,
  delayMs: 0,
  hang: 'no',
  loseAnswers: 0,
  bounce: new Set(),
};

/** The whole file is there under its name, or nothing is: a program killed in between leaves a `.part`. */
async function keep(folder: string, at: Date, bytes: Uint8Array): Promise<void> {
  const name = join(folder, `${at.toISOString().replaceAll(/[-:]/g, '')}-${randomUUID()}`);
  const file = await open(`${name}.part`, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
  } catch (error) {
    await rm(`${name}.part`, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(`${name}.part`, `${name}.eml`);
}

function cut(server: SMTPServer, { id }: SMTPServerSession): void {
  for (const connection of server.connections) {
    if (connection.session.id === id) connection.close();
  }
}

function answer(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
