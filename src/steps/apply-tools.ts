import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeLeftovers, writeFileAtomic } from '../host/atomic-file.js';
import type { Command, CommandResult, Runner } from '../host/exec.js';

export async function runAll(runner: Runner, commands: readonly Command[]): Promise<CommandResult[]> {
  const results: CommandResult[] = [];
  for (const command of commands) results.push(await runner.run(command));
  return results;
}

/** Under the host's lock no other init writes; so what a killed one has left beside the file can go. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  await writeFileAtomic(path, content);
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
