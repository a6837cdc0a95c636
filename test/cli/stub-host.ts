import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));

/** One program of a host that is not there: shell lines, with the arguments as `$*` and captured outputs in $FIXTURES. */
export type Stubs = Readonly<Record<string, string>>;

export interface StubHost {
  /** An empty directory for benches. */
  root: string;
  env: Record<string, string>;
  remove: () => void;
}

/** A folder of programs that answer with what the real ones printed elsewhere, before all others on PATH. */
export function stubHost(stubs: Stubs): StubHost {
  const directory = mkdtempSync(join(tmpdir(), 'bench-stubs-'));
  const [bin, root] = [join(directory, 'bin'), join(directory, 'benches')];
  mkdirSync(bin);
  mkdirSync(root);
  for (const [name, lines] of Object.entries(stubs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return {
    root,
    env: { PATH: `${bin}:${process.env.PATH}`, BENCHES_ROOT: root, FIXTURES },
    remove: () => rmSync(directory, { recursive: true }),
  };
}
