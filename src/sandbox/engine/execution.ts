// One execution: everything it has done so far, in memory and on the disk, in this order: disk first.

import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { type ErrorObject, OperationStatus, OperationType } from '@aws/durable-execution-sdk-js';
import { Problem } from '../../domain/problem.ts';
import { Journal } from './journal.ts';
import type { ExecutionStatus, ExecutionSummary, OperationRecord } from './operation-record.ts';
import { type ServiceLimits, sizeOf } from './service-limits.ts';

/** The operation of another execution that waits for this one. */
export interface Parent {
  readonly name: string;
  readonly operationId: string;
}

export interface ExecutionStart {
  readonly name: string;
  readonly workflow: string;
  /** JSON text. */
  readonly payload: string;
  readonly at: Date;
  readonly parent?: Parent | undefined;
}

export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  /** JSON text. */
  readonly result?: string | undefined;
  readonly error?: ErrorObject | undefined;
  readonly at: Date;
}

type StartedLine = Omit<ExecutionStart, 'at'> & { readonly kind: 'started'; readonly at: string };
type NotedLine = { readonly kind: 'noted'; readonly operations: readonly OperationRecord[] };
type EndedLine = Omit<ExecutionEnd, 'at'> & { readonly kind: 'ended'; readonly at: string };
type Line = StartedLine | NotedLine | EndedLine;

/** Ids of the SDK are 16 hexadecimal digits, so this is nobody else's. */
const EXECUTION_ID = 'execution';

export class Execution {
  readonly name: string;
  readonly workflow: string;
  readonly payload: string;
  readonly startedAt: Date;
  readonly parent: Parent | undefined;
  readonly arn: string;
  readonly #journal: Journal;
  readonly #operations = new Map<string, OperationRecord>();
  readonly #changedIn = new Map<string, number>();
  #bytes = 0;
  #version = 0;
  #end: ExecutionEnd | undefined;

  private constructor(line: StartedLine, journal: Journal) {
    this.name = line.name;
    this.workflow = line.workflow;
    this.payload = line.payload;
    this.parent = line.parent;
    this.startedAt = new Date(line.at);
    this.arn = arnOf(line);
    this.#journal = journal;
    this.#keep([
      {
        id: EXECUTION_ID,
        name: line.name,
        type: OperationType.EXECUTION,
        status: OperationStatus.STARTED,
        startedAt: line.at,
        input: line.payload,
      },
    ]);
  }

  /** Returns once the execution is on the disk of `folder`. */
  static begin(folder: string, start: ExecutionStart): Execution {
    const line: StartedLine = { ...start, kind: 'started', at: start.at.toISOString() };
    const journal = Journal.create(join(folder, fileName(start.name)));
    journal.append(line);
    return new Execution(line, journal);
  }

  /** As it was left, or undefined when its very start was cut off and nobody was told of it. */
  static read(path: string): Execution | undefined {
    const { journal, lines } = Journal.read(path);
    const [first, ...rest] = lines as readonly Line[];
    if (!first) return undefined;
    if (first.kind !== 'started' || basename(path) !== fileName(first.name)) {
      throw new Problem('state-damaged', `"${basename(path)}" does not begin with the start of its execution`);
    }
    const execution = new Execution(first, journal);
    for (const line of rest) execution.#replay(line);
    return execution;
  }

  get status(): ExecutionStatus {
    return this.#end?.status ?? 'RUNNING';
  }

  get ended(): ExecutionEnd | undefined {
    return this.#end;
  }

  /** Grows with every change; `changedSince` takes it. */
  get version(): number {
    return this.#version;
  }

  get operations(): readonly OperationRecord[] {
    return [...this.#operations.values()];
  }

  operation(id: string): OperationRecord | undefined {
    return this.#operations.get(id);
  }

  changedSince(version: number): readonly OperationRecord[] {
    return this.operations.filter(({ id }) => (this.#changedIn.get(id) ?? 0) > version);
  }

  /** Why these changes are more than an execution may hold, or undefined. */
  excess(changes: readonly OperationRecord[], limits: ServiceLimits): string | undefined {
    const added = changes.filter(({ id }) => !this.#operations.has(id)).length;
    if (this.#operations.size + added > limits.operations) {
      return `an execution may have ${limits.operations} operations`;
    }
    const grown = changes.reduce((sum, change) => sum + weight(change) - weight(this.operation(change.id)), 0);
    if (this.#bytes + grown > limits.executionBytes) return `an execution may hold ${limits.executionBytes} bytes`;
    return undefined;
  }

  /** Returns once the changes are on the disk, all or none of them. */
  note(changes: readonly OperationRecord[]): void {
    if (changes.length === 0) return;
    this.#journal.append({ kind: 'noted', operations: changes } satisfies NotedLine);
    this.#keep(changes);
  }

  /** Returns once the end is on the disk. */
  end(end: ExecutionEnd): void {
    this.#journal.append({ ...end, kind: 'ended', at: end.at.toISOString() } satisfies EndedLine);
    this.#close(end);
  }

  summary(): ExecutionSummary {
    const { name, workflow, arn, status, startedAt } = this;
    const error = this.#end?.error;
    return {
      name,
      workflow,
      arn,
      status,
      startedAt,
      ...(this.#end && { endedAt: this.#end.at }),
      ...(this.#end?.result !== undefined && { result: JSON.parse(this.#end.result) as unknown }),
      ...(error && { error: { type: error.ErrorType ?? 'Error', message: error.ErrorMessage ?? '' } }),
      ...(this.parent && { parent: this.parent.name }),
    };
  }

  #replay(line: Line): void {
    if (line.kind === 'started') throw new Problem('state-damaged', `the execution "${this.name}" starts twice`);
    if (line.kind === 'noted') this.#keep(line.operations);
    else this.#close({ ...line, at: new Date(line.at) });
  }

  #keep(changes: readonly OperationRecord[]): void {
    this.#version += 1;
    for (const change of changes) {
      this.#bytes += weight(change) - weight(this.#operations.get(change.id));
      this.#operations.set(change.id, change);
      this.#changedIn.set(change.id, this.#version);
    }
  }

  #close(end: ExecutionEnd): void {
    this.#end = end;
    const itself = this.#operations.get(EXECUTION_ID);
    if (!itself) return;
    const { status, result, error, at } = end;
    this.#keep([{ ...itself, status, result, error, endedAt: at.toISOString() }]);
  }
}

function weight(operation: OperationRecord | undefined): number {
  return sizeOf(operation?.input) + sizeOf(operation?.result) + sizeOf(JSON.stringify(operation?.error));
}

/** Some file systems take "A" and "a" for the same file; the digest does not. */
function fileName(name: string): string {
  return `${name}.${digest(name).slice(0, 8)}.jsonl`;
}

/** The shape is Lambda's: https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html */
function arnOf({ name, workflow }: { readonly name: string; readonly workflow: string }): string {
  const id = digest(name).slice(0, 32);
  return `arn:aws:lambda:local:000000000000:function:${workflow}:1/durable-execution/${name}/${id}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
