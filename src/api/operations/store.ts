import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../host/atomic-file.js';
import { readText } from '../../host/files.js';
import { json } from '../../host/records.js';
import type { FailureJson } from '../../output/failure.js';
import { makePrivate } from '../defence/secrets.js';
import type { Operation, OperationEvent, OperationRequest } from './operation.js';

/** What of an operation is written down before it begins. */
interface Begun extends Omit<OperationRequest, 'identity'> {
  version: 1;
  id: string;
  who: string;
  startedAt: string;
}

/** Beside the others, for the moment in which the operation is begun. */
export const IDENTITY = 'identity';

/** Ended operations of which no more are kept, and for how long, in milliseconds. */
const MOST_ENDED = 500;
const KEPT_MS = 24 * 60 * 60_000;

/**
 * Operations as files below a directory that is root's alone and goes with the next boot, one directory each:
 * `request.json`, what was asked for; `events`, a line a step; `result.json`, what the command has printed. Only the
 * command itself writes the last two, so an operation needs no server to go on, or to end.
 */
export class OperationStore {
  /** What has ended does not change any more. */
  private readonly ended = new Map<string, Operation>();

  constructor(readonly directory: string) {}

  async begin({ identity, ...request }: OperationRequest, who: string): Promise<Operation> {
    const id = `${Date.now().toString(36)}${randomBytes(5).toString('hex')}`;
    const begun: Begun = { version: 1, id, who, startedAt: new Date().toISOString(), ...request };
    await makePrivate(this.directory);
    await makePrivate(this.pathOf(id));
    await writeFileAtomic(join(this.pathOf(id), 'events'), '', { mode: 0o600 });
    if (identity !== undefined) await writeFileAtomic(this.identityOf(id), identity, { mode: 0o600 });
    await writeFileAtomic(join(this.pathOf(id), 'request.json'), json(begun), { mode: 0o600 });
    return operationOf(begun, undefined, undefined);
  }

  /** As if it had never been asked for: nothing was started. */
  forget(id: string): Promise<void> {
    return rm(this.pathOf(id), { recursive: true, force: true });
  }

  /** @returns undefined where there is none; `running` where it has not said anything at its end */
  async read(id: string): Promise<Operation | undefined> {
    if (!/^[a-z0-9]{10,40}$/.test(id)) return undefined;
    const known = this.ended.get(id);
    if (known !== undefined) return known;
    const begun = parsed<Begun>(await readText(join(this.pathOf(id), 'request.json')));
    if (begun === undefined) return undefined;
    const result = join(this.pathOf(id), 'result.json');
    const operation = operationOf(begun, parsed(await readText(result)), await changedAt(result));
    return operation.state === 'running' ? operation : this.remember(operation);
  }

  /** It runs no more, and has not said how it ended. */
  async lose(id: string): Promise<Operation | undefined> {
    const operation = await this.read(id);
    if (operation === undefined || operation.state !== 'running') return operation;
    const error = {
      code: 'operation-lost',
      message: `${operation.title}: it was killed before its end. What it has done stays.`,
      command: ['bench', ...operation.argv],
      stderr: null,
      suggestions: ['Begin it again: it goes on from there.', `journalctl -u ${unitOf(id)}`],
    };
    return this.remember({ ...operation, state: 'lost', endedAt: new Date().toISOString(), error });
  }

  /** The newest first. */
  async list(): Promise<Operation[]> {
    const found = await Promise.all((await this.ids()).map((id) => this.read(id)));
    return found
      .filter((operation) => operation !== undefined)
      .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  }

  /** The events from one on; a line that is being written is left for the next time. */
  async events(id: string, from: number): Promise<OperationEvent[]> {
    const text = (await readText(join(this.pathOf(id), 'events'))) ?? '';
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    return lines.slice(from, -1).flatMap((line, index) => {
      const event = parsed<Omit<OperationEvent, 'seq'>>(line);
      return event === undefined ? [] : [{ seq: from + index + 1, ...event } as OperationEvent];
    });
  }

  /** Removes ended ones that are too many, or too old. */
  async sweep(now = Date.now()): Promise<void> {
    const ended = (await this.list()).filter(({ state }) => state !== 'running');
    const old = ended.filter(
      ({ endedAt }, index) => index >= MOST_ENDED || Date.parse(endedAt ?? '') < now - KEPT_MS,
    );
    for (const { id } of old) {
      this.ended.delete(id);
      await this.forget(id);
    }
  }

  pathOf(id: string): string {
    return join(this.directory, id);
  }

  /** Systemd has taken it, or nothing will: it is in no file any more. */
  dropIdentity(id: string): Promise<void> {
    return rm(this.identityOf(id), { force: true });
  }

  /** What a server has left that was killed between writing one and handing it on. */
  async dropIdentities(): Promise<void> {
    await Promise.all((await this.ids()).map((id) => this.dropIdentity(id)));
  }

  private identityOf(id: string): string {
    return join(this.pathOf(id), IDENTITY);
  }

  private async ids(): Promise<string[]> {
    return readdir(this.directory).catch(() => []);
  }

  private remember(operation: Operation): Operation {
    this.ended.set(operation.id, operation);
    return operation;
  }
}

/** The service that carries out an operation. */
export function unitOf(id: string): string {
  return `bench-operation-${id}.service`;
}

/** Pure. */
function operationOf(begun: Begun, printed: object | undefined, at: Date | undefined): Operation {
  const { id, title, command, argv, bench, volume, who, startedAt } = begun;
  const error = printed === undefined ? undefined : (printed as Partial<FailureJson>).error;
  return {
    id,
    title,
    command,
    argv,
    bench: bench ?? null,
    volume: volume ?? null,
    who,
    state: printed === undefined ? 'running' : error === undefined ? 'done' : 'failed',
    startedAt,
    endedAt: printed === undefined ? null : (at?.toISOString() ?? null),
    result: error === undefined ? (printed ?? null) : null,
    error: error ?? null,
  };
}

/** Undefined for a text that is not whole yet. */
function parsed<T extends object>(text: string | undefined): T | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

async function changedAt(path: string): Promise<Date | undefined> {
  return (await stat(path).catch(() => undefined))?.mtime;
}
