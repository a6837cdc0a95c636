import { join } from 'node:path';
import { benchesRoot } from '../../host/environment.js';
import type { Command, Runner } from '../../host/exec.js';
import { activeStates } from '../../host/systemd.js';
import { programPath } from '../../timers/timers.js';
import type { Operation } from './operation.js';
import { IDENTITY, unitOf } from './store.js';

/** How operations are started, and which of them still run. */
export interface Launcher {
  /**
   * @param directory where its events and its result belong
   * @param hasIdentity whether a file `identity` lies there, which is needed until this has ended and no longer
   */
  start(operation: Operation, directory: string, more: { hasIdentity: boolean }): Promise<void>;
  /** The ids of those that run. One process, however many. */
  running(): Promise<ReadonlySet<string>>;
}

/**
 * Each operation is a service of its own, which systemd forgets when it has ended: it needs neither the browser nor the
 * server that has asked for it, its journal says what it did, and a shutdown ends it as any other command.
 */
export class SystemdLauncher implements Launcher {
  constructor(private readonly runner: Runner) {}

  async start(
    operation: Operation,
    directory: string,
    { hasIdentity }: { hasIdentity: boolean },
  ): Promise<void> {
    const host = { program: await programPath(), root: benchesRoot() };
    await this.runner.run(startOperation(operation, { directory, hasIdentity, ...host }));
  }

  async running(): Promise<ReadonlySet<string>> {
    const states = await activeStates(this.runner, 'bench-operation-*.service');
    const running = [...states].filter(([, state]) => !['inactive', 'failed'].includes(state));
    return new Set(running.map(([unit]) => unit.slice('bench-operation-'.length, -'.service'.length)));
  }
}

/**
 * Ends when the program runs, and not when it ends: by then systemd has read the identity, and keeps it for the program in
 * memory that is never swapped, until that has ended (systemd.exec(5), "LoadCredential="). Pure.
 */
export function startOperation(
  { id, argv, title }: Operation,
  {
    directory,
    hasIdentity,
    program,
    root,
  }: { directory: string; hasIdentity: boolean; program: string; root: string },
): Command {
  return {
    argv: [
      'systemd-run',
      '--quiet',
      '--collect',
      `--unit=${unitOf(id)}`,
      `--description=bench: ${title}`,
      '--service-type=exec',
      '--property=UMask=0022',
      `--property=StandardOutput=truncate:${join(directory, 'result.json')}`,
      '--property=StandardError=journal',
      `--setenv=BENCHES_ROOT=${root}`,
      `--setenv=BENCH_EVENTS=${join(directory, 'events')}`,
      ...(hasIdentity ? [`--property=LoadCredential=${IDENTITY}:${join(directory, IDENTITY)}`] : []),
      '--',
      // systemd puts variables in the place of what follows a dollar sign.
      ...[program, ...argv, '--json'].map((word) => word.replaceAll('$', '$$$$')),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: such a variable
      ...(hasIdentity ? ['--identity', '${CREDENTIALS_DIRECTORY}/identity'] : []),
    ],
    privileged: true,
  };
}
