/**
 * `npm run perf`: what a command costs as a whole process, as a multiple of what Node itself costs, and its memory. It
 * measures the built product, on any Linux machine: `zfs`, `zpool` and `systemctl` are stubs that print what the real
 * ones printed for a bench (test/fixtures/bench-volume), and MariaDB is a socket that greets as MariaDB did. Everything
 * is started in turns, so that a machine which is busy for a while is so for all of them alike.
 *
 * Exits 1 where the median of the time or of the processor's time misses a goal by more than a tenth, or a command takes
 * more memory than it may. On a machine that is busy with other work the time is by chance: run it on one that is not.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Case, measureMemory, measureTimes } from './perf/measure.js';
import { stubs } from './stubs.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const fixtures = join(root, 'test/fixtures/bench-volume');
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '25' } } });

// It costs Node more than Node itself does, which flatters every multiple; a server has it unset.
delete process.env.NODE_EXTRA_CA_CERTS;

const directory = mkdtempSync(join(tmpdir(), 'bench-perf-'));
// MariaDB says this to whoever connects, and OK (an OK packet) to whoever then logs in.
const greeting = Buffer.from(readFileSync(join(fixtures, 'mariadb-greeting.hex'), 'utf8').trim(), 'hex');
const welcome = Buffer.from([7, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0]);
const server = createServer((socket) => {
  socket.on('error', () => {}).write(greeting);
  socket.once('data', () => socket.write(welcome));
});
try {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  const programs = Object.entries(stubs());
  for (const [program, text] of programs) writeFileSync(join(bin, program), text, { mode: 0o755 });
  const socket = join(directory, 'mariadb.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const benches = (name: string, socketPath: string) => {
    const file = join(directory, name, 'shop/bench.toml');
    cpSync(join(fixtures, 'bench.toml'), file, { recursive: true });
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('[mariadb]', `[mariadb]\nsocket_path = "${socketPath}"`));
    return { PATH: `${bin}:${process.env.PATH}`, BENCHES_ROOT: join(directory, name), NO_COLOR: '1' };
  };
  const env = benches('answered', socket);
  const silent = benches('silent', join(directory, 'nobody.sock'));
  const bench = (command: string, more: Partial<Case> = {}): Case => ({
    name: `bench ${command}`,
    argv: [process.execPath, join(root, 'bin/run.cjs'), ...command.split(' ')],
    env,
    ...more,
  });
  const STATUS = 'volume status -b shop';
  const missed = await measureTimes(
    [
      { name: 'node -e 0', argv: [process.execPath, '-e', '0'] },
      bench('--version', { goal: 2 }),
      bench('volume list-snapshots -b shop', { goal: 2.8 }),
      bench(STATUS, { goal: 3.5 }),
      bench(STATUS, { name: "  the same, nobody on MariaDB's socket", env: silent }),
      ...programs.map(([program]) => ({ name: `  the stub ${program}`, argv: [program, 'list'], env })),
    ],
    Number(values.rounds),
  );
  // What reads, as far as it gets with these stubs: most of what a command holds is its code.
  const tooLarge = await measureMemory([
    { name: 'node -e 0', argv: [process.execPath, '-e', '0'] },
    ...[
      '--version',
      '--help',
      STATUS,
      `${STATUS} --json`,
      'volume list-snapshots -b shop',
      'volume list',
      'volume discover',
      'volume prune -b shop --dry-run',
      'volume snapshot -b shop --dry-run',
      'volume restore-snapshot foreign -b shop --dry-run',
      'list',
      'check -b shop',
      'metrics',
      'config check -b shop',
      'config get volume.pool -b shop',
      'config set snapshot.lock_timeout 10s -b shop',
      'schedule status -b shop',
      'template list',
      'sudoers -b shop',
      'init -b shop --dry-run',
    ].map((command) => bench(command)),
  ]);
  for (const text of [...missed, ...tooLarge]) console.error(`missed: ${text}`);
  if (missed.length + tooLarge.length > 0) process.exitCode = 1;
} finally {
  server.close();
  rmSync(directory, { recursive: true });
}
