import { dirname, resolve } from 'node:path';
import type { BenchConfig } from '../config/config.js';
import type { Step } from '../steps/steps.js';
import { type CloneMarks, isHeld } from '../zfs/zfs.js';

export function hasScripts({ clone }: BenchConfig): boolean {
  return clone.sql.length + clone.run.length > 0;
}

/**
 * What `[clone]` of its bench.toml names, in its order, statements first; nothing where it has run. Pure.
 * @param user the owner of its bench.toml
 */
export function scriptSteps(config: BenchConfig, marks: CloneMarks, user: string): Step[] {
  if (!isHeld(marks)) return [];
  const { name, clone, mariadb } = config;
  const directory = dirname(config.file);
  const { socketPath } = mariadb;
  return [
    ...clone.sql.map(
      (file): Step => ({
        kind: 'sql.run',
        file: resolve(directory, file),
        socketPath,
        variables: { bench_name: name, bench_source: marks.source },
      }),
    ),
    ...clone.run.map(
      (program): Step => ({
        kind: 'program.run',
        program: resolve(directory, program),
        user,
        directory,
        environment: {
          BENCH_NAME: name,
          BENCH_SOURCE: marks.source,
          BENCH_DIRECTORY: directory,
          BENCH_INSTANCE: mariadb.instance,
          BENCH_PORT: String(mariadb.port),
          BENCH_SOCKET: socketPath,
        },
      }),
    ),
  ];
}
