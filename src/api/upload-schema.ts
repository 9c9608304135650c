// Files of a certificate as they come in over HTTP, and the answer of a check.

import { z } from '@hono/zod-openapi';
import { describeKey } from '../domain/certificate-facts.ts';
import type { JudgedUpload, Upload } from '../steps/judge-upload.ts';
import { line } from './one-line.ts';

/** 1 MB of files (the reader's own limit) is this much as base64 in JSON. */
export const MAX_UPLOAD_BODY_BYTES = 1536 * 1024;

const MAX_FILES = 20;
const MAX_PASSWORDS = 5;

export const uploadBody = z
  .strictObject({
    files: z
      .array(
        z.strictObject({
          name: line(255).openapi({ description: 'only shown, never a path', example: 'bundle.pfx' }),
          content: z
            .base64('is no base64 (RFC 4648, 4)')
            .min(1, 'is empty')
            .openapi({ description: 'the file, as base64' }),
        }),
      )
      .min(1, 'needs a file')
      .max(MAX_FILES, `has more than ${MAX_FILES} files`),
    passwords: z
      .array(z.string().max(1_000))
      .max(MAX_PASSWORDS, `has more than ${MAX_PASSWORDS} passwords`)
      .default([])
      .openapi({ description: 'tried on whatever is encrypted; kept nowhere' }),
  })
  .openapi('CertificateUpload');

export function readUpload({ files, passwords }: z.infer<typeof uploadBody>): Upload {
  return {
    files: files.map(({ name, content }) => ({ name, bytes: Buffer.from(content, 'base64') })),
    passwords,
  };
}

const moment = z.string().openapi({ format: 'date-time' });

export const checkView = z
  .object({
    verdict: z.enum(['phones-connect', 'desktop-only', 'refused']),
    findings: z.array(
      z.object({
        code: z.string(),
        severity: z.enum(['refused', 'desktop-only', 'warning', 'note']),
        sentence: z.string(),
        remedy: z.string(),
      }),
    ),
    leaf: z
      .object({
        fingerprint: z.string(),
        names: z.array(z.string()),
        issuer: z.string(),
        notBefore: moment,
        notAfter: moment,
        key: z.string().openapi({ example: 'RSA 2048' }),
        hasKey: z.boolean().openapi({ description: 'the private key was sent, or is with us' }),
      })
      .optional(),
    chain: z
      .array(z.object({ subject: z.string(), fingerprint: z.string(), notAfter: moment }))
      .openapi({ description: 'as it would be served: leaf first, complete if it could be, without its root' }),
    root: z.string().optional(),
    remarks: z.array(z.string()).openapi({ description: 'what was odd in the files' }),
  })
  .openapi('CertificateCheck');

export function viewCheck({ judgement, remarks }: JudgedUpload): z.infer<typeof checkView> {
  const { verdict, findings, leaf, chain, root, keyIndex } = judgement;
  return {
    verdict,
    findings: findings.map((one) => ({ ...one })),
    ...(leaf && {
      leaf: {
        fingerprint: leaf.fingerprint,
        names: [...leaf.names],
        issuer: leaf.issuer,
        notBefore: leaf.notBefore.toISOString(),
        notAfter: leaf.notAfter.toISOString(),
        key: describeKey(leaf.key),
        hasKey: keyIndex !== undefined,
      },
    }),
    chain: chain.map(({ title, fingerprint, notAfter }) => ({
      subject: title,
      fingerprint,
      notAfter: notAfter.toISOString(),
    })),
    ...(root && { root: root.title }),
    remarks: [...remarks],
  };
}
