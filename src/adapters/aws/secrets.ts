// Secrets of Secrets Manager, read by name and remembered for a few minutes.

import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Problem } from '../../domain/problem.ts';
import { callAws } from './aws-calls.ts';

export interface SecretsOptions {
  /** Made with `awsClientSettings`; closed by whoever made it. */
  readonly client: SecretsManagerClient;

  /** Decides how long a value is believed. */
  readonly now: () => Date;

  /** A value that was replaced is used no longer than this. @default 300_000 */
  readonly rememberMs?: number;

  /** For one call with all its attempts. @default AWS_CALL_DEADLINE_MS */
  readonly timeoutMs?: number | undefined;
}

/** How long a value is believed without asking again. */
export const REMEMBER_MS = 5 * 60_000;

interface Remembered {
  readonly untilMs: number;
  readonly text: Promise<string>;
}

/** Needs `secretsmanager:GetSecretValue` on the secrets named, and `kms:Decrypt` where they have a key of their own. */
export class Secrets {
  readonly #options: SecretsOptions;
  readonly #remembered = new Map<string, Remembered>();

  constructor(options: SecretsOptions) {
    this.#options = options;
  }

  /**
   * The text of the current version. Those who ask at the same moment share a request, and a failure is not remembered.
   * `secret-unavailable` when Secrets Manager does not answer, `secret-not-usable` when it refuses, or the secret has no text.
   */
  async read(name: string): Promise<string> {
    const nowMs = this.#options.now().getTime();
    const known = this.#remembered.get(name);
    if (known !== undefined && nowMs < known.untilMs) return await known.text;
    const asked: Remembered = { untilMs: nowMs + (this.#options.rememberMs ?? REMEMBER_MS), text: this.#ask(name) };
    this.#remembered.set(name, asked);
    try {
      return await asked.text;
    } catch (error) {
      if (this.#remembered.get(name) === asked) this.#remembered.delete(name);
      throw error;
    }
  }

  /** As `read`, made into what the caller needs; what `parse` throws stays behind, since it may quote the secret. */
  async readAs<Value>(name: string, form: string, parse: (text: string) => Value | undefined): Promise<Value> {
    const text = await this.read(name);
    const value = attempted(() => parse(text));
    if (value !== undefined) return value;
    // Not believed for minutes: whoever mends it wants to see it work.
    this.#remembered.delete(name);
    throw new Problem('secret-not-usable', `secret "${name}" is not ${form}`);
  }

  async #ask(name: string): Promise<string> {
    const call = {
      doing: `read secret "${name}"`,
      unavailable: 'secret-unavailable',
      timeoutMs: this.#options.timeoutMs,
    } as const;
    const command = new GetSecretValueCommand({ SecretId: name });
    try {
      const { SecretString } = await callAws(
        call,
        async (options) => await this.#options.client.send(command, options),
      );
      if (SecretString === undefined || SecretString === '') {
        throw new Problem('secret-not-usable', `secret "${name}" has no text`);
      }
      return SecretString;
    } catch (error) {
      if (error instanceof Problem || !(error instanceof Error)) throw error;
      // Only what AWS calls it: nothing it quotes can be of use here.
      throw new Problem('secret-not-usable', `secret "${name}" could not be read: ${error.name}`);
    }
  }
}

function attempted<Value>(act: () => Value | undefined): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
