import { MariaDbError } from '../../../src/mariadb/errors.js';
import type { Connect, Session } from '../../../src/mariadb/session.js';

/** Answers a statement with rows, or throws. */
export type Answer = (sql: string) => unknown[] | Promise<unknown[]>;

/** A server of scripted answers that keeps what was asked, per connection, with `close` and `destroy` as they come. */
export class FakeServer {
  readonly transcripts: string[][] = [];
  version = '11.8.6-MariaDB';

  constructor(private readonly answer: Answer = () => []) {}

  readonly connect: Connect = async () => {
    const transcript: string[] = [];
    this.transcripts.push(transcript);
    let open = true;
    const session: Session = {
      connectionId: this.transcripts.length,
      query: async <T>(sql: string) => {
        if (!open) throw new MariaDbError('mariadb-connection-lost', 'closed');
        if (sql.startsWith('SELECT VERSION()')) return [{ version: this.version }] as T[];
        transcript.push(shorten(sql));
        return (await this.answer(sql)) as T[];
      },
      texts: async (sql: string) => {
        transcript.push(shorten(sql));
        return (await this.answer(sql)) as (string | null)[][];
      },
      close: async () => {
        transcript.push('close');
        open = false;
      },
      destroy: () => {
        transcript.push('destroy');
        open = false;
      },
    };
    return session;
  };

  /** What the first connection was asked, its limits left out. */
  get asked(): string[] {
    return (this.transcripts[0] ?? []).filter((line) => !line.startsWith('SET SESSION'));
  }
}

export function serverError(errno: number, message = `error ${errno}`): MariaDbError {
  return new MariaDbError('mariadb-statement-failed', message, { errno });
}

function shorten(sql: string): string {
  return /METADATA_LOCK_INFO|PROCESSLIST/.exec(sql)?.[0] ?? sql;
}
