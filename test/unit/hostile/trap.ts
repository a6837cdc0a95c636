import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whoever owns the bench directory and would like root to write elsewhere. */
export const INTRUDER = 65_534;

/** In every file of the canary: found anywhere else, root has read it out for somebody who may not. */
const SECRET = 'canary-secret';

/** A valid bench.toml and a valid site configuration, so that whoever is led there has no other reason to stop. */
export const CANARY_FILES: Readonly<Record<string, string>> = {
  'bench.toml': `# ${SECRET}\n[bench]\nname = "shop"\n`,
  'bench.toml.old': `# ${SECRET}\n`,
  'common_site_config.json': `{"${SECRET}": 1, "maintenance_mode": 0}\n`,
  'sites/common_site_config.json': `{"${SECRET}": 1, "maintenance_mode": 0}\n`,
  '.bench-volume': `{"${SECRET}": 1}\n`,
  // What is led to in the place of the directory above has a file or a directory of the bench's name.
  shop: `${SECRET}\n`,
  'above/shop/bench.toml': `# ${SECRET}\n[bench]\nname = "shop"\n`,
  'above/shop/sites/common_site_config.json': `{"${SECRET}": 1, "maintenance_mode": 0}\n`,
  text: `${SECRET}\n`,
};

/** A directory of an intruder with a bench in it, and beside it what belongs to root alone. */
export interface Trap {
  /** Root's, mode 0755. */
  base: string;
  /** Root's files, which must stay as they are. */
  canary: string;
  /** The intruder's. */
  home: string;
  /** The intruder's bench directory in it. */
  bench: string;
  /** Everything about the canary that can be changed; compare it with an older one. */
  digest: () => string;
  /** Files outside of the canary that hold what only root may read, and that the intruder can read. */
  leaks: () => string[];
  remove: () => void;
}

/** Needs root. */
export function setTrap(): Trap {
  const base = mkdtempSync(join(tmpdir(), 'bench-hostile-'));
  chmodSync(base, 0o755);
  const canary = join(base, 'canary');
  // In a directory of the intruder's, who could not rename it otherwise.
  const outer = join(base, 'outer');
  const home = join(outer, 'home');
  const bench = join(home, 'shop');
  for (const name of ['', 'sites', 'empty', 'above/shop/sites'])
    mkdirSync(join(canary, name), { recursive: true });
  for (const [name, text] of Object.entries(CANARY_FILES)) {
    writeFileSync(join(canary, name), text, { mode: 0o600 });
  }
  for (const directory of [outer, home, bench, join(bench, 'sites')]) {
    mkdirSync(directory);
    chownSync(directory, INTRUDER, INTRUDER);
  }
  give(join(bench, 'bench.toml'), '[bench]\nname = "shop"\n');
  give(join(bench, 'sites/common_site_config.json'), '{"maintenance_mode": 0}\n');
  return {
    base,
    canary,
    home,
    bench,
    digest: () => entriesOf(canary).map(describe).join('\n'),
    leaks: () => {
      const own = new Set(entriesOf(canary).map((path) => lstatSync(path).ino));
      return entriesOf(base).filter((path) => {
        const stat = lstatSync(path);
        // A hard link to the canary is the canary itself.
        const isHis = stat.isFile() && (stat.uid === INTRUDER || (stat.mode & 0o004) !== 0);
        return isHis && !own.has(stat.ino) && readFileSync(path, 'latin1').includes(SECRET);
      });
    },
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** Writes a file of the intruder's. */
export function give(path: string, text: string): void {
  writeFileSync(path, text);
  chownSync(path, INTRUDER, INTRUDER);
}

function entriesOf(directory: string): string[] {
  const below = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    directory,
    ...below.flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? entriesOf(path) : [path];
    }),
  ];
}

function describe(path: string): string {
  // Not the number of links nor the time of that: the intruder's own link to it may go.
  const { ino, mode, uid, gid, size, mtimeNs } = lstatSync(path, { bigint: true });
  const stat = lstatSync(path);
  const content = stat.isFile()
    ? createHash('sha256').update(readFileSync(path)).digest('hex')
    : stat.isSymbolicLink()
      ? readlinkSync(path)
      : '';
  return [path, ino, mode, uid, gid, size, mtimeNs, content].join(' ');
}
