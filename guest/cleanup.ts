import { removeRuntime } from './runtime.js';

/**
 * Ends this process's guests when it ends in an orderly way, signals included. When it is killed outright,
 * the kernel ends the machine (see process.ts) and the next start sweeps the directories.
 */
const directories = new Set<string>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let installed = false;

export function removeAtExit(dir: string): void {
  directories.add(dir);
  if (installed) return;
  installed = true;
  process.on('exit', removeAll);
  for (const signal of signals) {
    process.once(signal, () => {
      removeAll();
      // Somebody else (a test runner) may handle the signal too; else it has its usual effect.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

export function forgetAtExit(dir: string): void {
  directories.delete(dir);
}

function removeAll(): void {
  for (const dir of directories) removeRuntime(dir);
  directories.clear();
}
