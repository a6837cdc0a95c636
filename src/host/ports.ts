import { readText } from './files.js';

const LISTEN = '0A';

/** TCP ports on which somebody listens, from the kernel's tables (proc(5)); no process and no privilege needed. */
export async function listeningPorts(): Promise<Set<number>> {
  const ports = new Set<number>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readText(table);
    // A kernel without IPv6 has no second table.
    if (text === undefined) continue;
    for (const port of parseListening(text)) ports.add(port);
  }
  return ports;
}

export function parseListening(table: string): number[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state] = line.trim().split(/\s+/);
      const port = local?.split(':')[1];
      return state === LISTEN && port !== undefined ? [Number.parseInt(port, 16)] : [];
    });
}
