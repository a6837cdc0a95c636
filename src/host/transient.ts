import type { Command } from './exec.js';

/** A service that systemd runs without a file of its own, and forgets when it has ended (systemd-run(1)). */
export interface TransientService {
  unit: string;
  description: string;
  /** The program and its arguments; `mariadbd` and others that say when they are ready (`Type=notify`). */
  argv: readonly string[];
  /** By the names of systemd.exec(5) and systemd.resource-control(5). */
  properties: Readonly<Record<string, string>>;
  /** In the place of what is at the target, for this service alone. */
  binds: readonly { source: string; target: string }[];
  /** With `ProtectSystem=strict`: all that it may write to. */
  writable: readonly string[];
  /** What it cannot look into; may be missing. */
  hidden: readonly string[];
  /** For its start: until then the command does not end. */
  timeoutMs: number;
}

/** Starts it, and ends when it says that it is ready, or fails. What it prints is in the journal. */
export function transientService(service: TransientService): Command {
  const { unit, description, argv, properties, binds, writable, hidden, timeoutMs } = service;
  const all = {
    ...properties,
    BindPaths: binds.map(({ source, target }) => `${quoted(source)}:${quoted(target)}`).join(' '),
    ReadWritePaths: writable.map(quoted).join(' '),
    InaccessiblePaths: hidden.map((path) => quoted(`-${path}`)).join(' '),
  };
  return {
    argv: [
      'systemd-run',
      '--quiet',
      '--collect',
      `--unit=${unit}`,
      `--description=${description}`,
      '--service-type=notify',
      ...Object.entries(all).map(([key, value]) => `--property=${key}=${value}`),
      '--',
      // systemd puts variables in the place of what follows a dollar sign.
      ...argv.map((word) => word.replaceAll('$', '$$$$')),
    ],
    privileged: true,
    timeoutMs,
  };
}

/** One path of a list of them: in quotes, blanks and colons separate nothing. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}
