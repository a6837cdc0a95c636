import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuestError, messageOf } from '../errors.js';

interface Reply {
  id?: number;
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
}

/** QEMU's control channel (QMP): one JSON object per line; replies carry the id of their command. */
export class Qmp {
  #nextId = 1;
  #buffer = '';
  readonly #pending = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Set<(event: Reply) => void>();

  private constructor(private readonly socket: net.Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new GuestError('QEMU ended'));
      this.#pending.clear();
    });
  }

  /** Connects to the socket, which appears a moment after QEMU's start. */
  static async connect(socketPath: string, stillWanted: () => boolean = () => true): Promise<Qmp> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      try {
        const qmp = new Qmp(await connectOnce(socketPath));
        await qmp.execute('qmp_capabilities');
        return qmp;
      } catch (error) {
        if (!stillWanted()) throw new GuestError('QEMU ended before its control socket answered');
        if (Date.now() > deadline) throw new GuestError(`no QMP at ${socketPath}: ${messageOf(error)}`);
        await sleep(20);
      }
    }
  }

  execute<T = unknown>(command: string, args: Record<string, unknown> = {}): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      if (this.socket.destroyed) return reject(new GuestError(`QEMU is gone (wanted: ${command})`));
      this.#pending.set(id, {
        resolve: resolve as (value: unknown) => void,
        reject: (error) => reject(new GuestError(`QMP ${command}: ${error.message}`)),
      });
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  /** Waits for an event; call it before the command that causes the event. */
  event(name: string, timeoutMs: number, matches: (data: unknown) => boolean = () => true): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(listener);
        reject(new GuestError(`QEMU did not report ${name} within ${timeoutMs} ms`));
      }, timeoutMs);
      const listener = (event: Reply & { data?: unknown }) => {
        if (event.event !== name || !matches(event.data)) return;
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  #read(chunk: string): void {
    const lines = (this.#buffer + chunk).split('\n');
    this.#buffer = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const reply = JSON.parse(line) as Reply;
      if (reply.event) for (const listener of this.#listeners) listener(reply);
      const waiting = reply.id === undefined ? undefined : this.#pending.get(reply.id);
      if (reply.id === undefined || !waiting) continue;
      this.#pending.delete(reply.id);
      if (reply.error) waiting.reject(new Error(reply.error.desc));
      else waiting.resolve(reply.return);
    }
  }
}

function connectOnce(socketPath: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
