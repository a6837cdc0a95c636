import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../host/atomic-file.js';
import { readText } from '../../host/files.js';
import { makePrivate } from '../defence/secrets.js';
import { HttpError } from '../problem.js';
import type { Launcher } from './launch.js';
import { hasEnded, type Operation, type OperationEvent, type OperationRequest } from './operation.js';
import { OperationStore } from './store.js';

/** Who asks for more at once waits for some to end. */
const MOST_RUNNING = 32;
/** How often results are looked for, and how often systemd is asked what still runs, in milliseconds. */
const LOOK_MS = 250;
const ASK_MS = 3000;

/** With what one is begun. */
interface Beginning {
  who: string;
  key?: string | undefined;
  digest: string;
  isHeld?: boolean | undefined;
}

/** Begins operations and tells how they go. */
export class Operations {
  private readonly store: OperationStore;
  /** Who waits for whom, by what they must not do at once. */
  private readonly turns = new Map<string, Promise<unknown>>();
  /** Those that were seen to run, until they are seen to have ended: since when, by a clock that nobody sets. */
  private readonly open = new Map<string, number>();
  private asked: { at: number; running: Promise<ReadonlySet<string>> } | undefined;

  constructor(
    private readonly directory: string,
    private readonly launcher: Launcher,
    private readonly onEnd: (who?: string) => void = () => undefined,
  ) {
    this.store = new OperationStore(join(directory, 'all'));
  }

  /**
   * Begins one.
   * @param plan asked for what it is only where it was not begun before
   * @param key of a client that may ask for the same twice, because it has not heard an answer
   * @param isHeld whether the plan is held against things as they are: then no two are planned at once, and none while
   *   what an earlier one has begun on the same may still change them
   * @throws HttpError `too-many-operations`, `idempotency-key-reused`, `change-under-way`; whatever systemd says where it
   *   cannot be started
   */
  async begin(
    plan: () => Promise<OperationRequest>,
    { who, key, digest, isHeld = false }: Beginning,
  ): Promise<{ operation: Operation; isReplay: boolean }> {
    const held = () => {
      const begin = () => this.beginNow(plan, { who, key, digest, isHeld });
      return isHeld ? this.inTurn('held', begin) : begin();
    };
    // The same request a second time waits for the first one, and finds what that has begun.
    return key === undefined ? held() : this.inTurn(this.keyPath(who, key), held);
  }

  private async inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(name) ?? Promise.resolve();
    const mine = before.then(work);
    const settled = mine.catch(() => undefined);
    this.turns.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.turns.get(name) === settled) this.turns.delete(name);
    }
  }

  private async beginNow(
    plan: () => Promise<OperationRequest>,
    { who, key, digest, isHeld }: Beginning,
  ): Promise<{ operation: Operation; isReplay: boolean }> {
    const before = key === undefined ? undefined : await this.keyed(who, key, digest);
    if (before !== undefined) return { operation: before, isReplay: true };
    const running = (await this.list()).filter((each) => !hasEnded(each));
    if (running.length >= MOST_RUNNING)
      throw new HttpError(
        503,
        'too-many-operations',
        `${MOST_RUNNING} operations run already. Nothing was changed.`,
        ['Wait until some have ended: GET /v1/operations'],
      );
    await this.store.sweep();
    const { prepare, ...request } = await plan();
    if (isHeld) refuseUnderWay(running, request);
    await prepare?.();
    const operation = await this.store.begin(request, who);
    if (key !== undefined) await this.claim(who, key, { id: operation.id, digest });
    try {
      const hasIdentity = request.identity !== undefined;
      await this.launcher.start(operation, this.store.pathOf(operation.id), { hasIdentity });
      if (hasIdentity) await this.store.dropIdentity(operation.id);
    } catch (error) {
      await this.store.forget(operation.id);
      if (key !== undefined) await rm(this.keyPath(who, key), { force: true });
      throw error;
    }
    this.open.set(operation.id, performance.now());
    void this.watch(operation.id);
    return { operation, isReplay: false };
  }

  /** Before the first request: nothing that a server before it was killed with lies around. */
  tidy(): Promise<void> {
    return this.store.dropIdentities();
  }

  async read(id: string): Promise<Operation | undefined> {
    const seen = await this.store.read(id);
    const isLost = seen !== undefined && !hasEnded(seen) && (await this.isLost(seen));
    const operation = isLost ? await this.store.lose(id) : seen;
    if (operation === undefined) return undefined;
    // What was seen of the host before is old, and whoever is told of the end may look at once.
    if (hasEnded(operation) && this.open.delete(id)) this.onEnd(operation.who);
    return operation;
  }

  async list(): Promise<Operation[]> {
    const all = await this.store.list();
    const now = await Promise.all(all.map((each) => (hasEnded(each) ? each : this.read(each.id))));
    return now.filter((each) => each !== undefined);
  }

  events(id: string, from: number): Promise<OperationEvent[]> {
    return this.store.events(id, from);
  }

  /** Whether one runs that this server, or one before it, has begun. */
  async isAnyRunning(): Promise<boolean> {
    return (await this.list()).some((each) => !hasEnded(each));
  }

  /** Ends with the operation; waits for the next look otherwise. */
  async untilEnd(id: string, timeoutMs: number): Promise<Operation | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const operation = await this.read(id);
      if (operation === undefined || hasEnded(operation) || performance.now() >= deadline) return operation;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Until it has been seen to end, whether or not anybody asks. */
  private async watch(id: string): Promise<void> {
    await this.untilEnd(id, Number.POSITIVE_INFINITY).catch(() => this.onEnd());
  }

  /** Only what systemd has said after it began counts, and a result that came meanwhile. */
  private async isLost(operation: Operation): Promise<boolean> {
    const since = this.runsSince(operation);
    const now = performance.now();
    if (this.asked === undefined || now - this.asked.at > ASK_MS)
      this.asked = { at: now, running: this.launcher.running() };
    const { at, running } = this.asked;
    if (at < since + ASK_MS || (await running).has(operation.id)) return false;
    return (await this.store.read(operation.id))?.state === 'running';
  }

  /** Of one that a server before this one has begun, only the time of day is known, and that may have been set back. */
  private runsSince({ id, startedAt }: Operation): number {
    const known = this.open.get(id);
    if (known !== undefined) return known;
    const since = performance.now() - Math.max(0, Date.now() - Date.parse(startedAt));
    this.open.set(id, since);
    return since;
  }

  private async keyed(who: string, key: string, digest: string): Promise<Operation | undefined> {
    const text = await readText(this.keyPath(who, key));
    if (text === undefined) return undefined;
    const known = JSON.parse(text) as { id: string; digest: string };
    if (known.digest !== digest)
      throw new HttpError(
        422,
        'idempotency-key-reused',
        'This Idempotency-Key came with another request before. Nothing was changed.',
        ['Each request that is meant to do something has a key of its own.'],
      );
    const operation = await this.read(known.id);
    if (operation === undefined) await rm(this.keyPath(who, key), { force: true });
    return operation;
  }

  /** Written before anything is started: a server that is killed in between begins it no second time. */
  private async claim(who: string, key: string, known: { id: string; digest: string }): Promise<void> {
    await makePrivate(join(this.directory, 'keys'));
    await writeFileAtomic(this.keyPath(who, key), JSON.stringify(known), { mode: 0o600 });
  }

  private keyPath(who: string, key: string): string {
    const name = createHash('sha256').update(`${who}\n${key}`).digest('hex');
    return join(this.directory, 'keys', name);
  }
}

/** What somebody has looked at before that has ended is not what it will be. @throws HttpError `change-under-way` */
function refuseUnderWay(running: readonly Operation[], request: OperationRequest): void {
  const { command, bench = null, volume = null } = request;
  const same = running.find(
    (each) =>
      (volume !== null && each.volume === volume) ||
      (each.command === command && each.bench === bench && each.volume === volume),
  );
  if (same === undefined) return;
  throw new HttpError(423, 'change-under-way', `${same.title} is under way. Nothing was changed.`, [
    `Wait for its end, look again, and decide again: GET /v1/operations/${same.id}`,
  ]);
}
