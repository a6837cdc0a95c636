// Installs the npm dependencies when node_modules is missing or older than the lock file, so that every
// `npm run …` works in a fresh clone. Plain JavaScript: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
// A copy of the lock file that npm ci finished for: an interrupted install leaves none and is repeated.
const stamp = join(root, 'node_modules', '.installed-package-lock.json');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('Installing npm dependencies …');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (npm.status !== 0) process.exit(npm.status ?? 1);
  writeFileSync(stamp, lock);
}
