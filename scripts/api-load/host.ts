import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeApp } from '../../src/api/api.js';
import type { Command } from '../../src/host/exec.js';
import { stateDir } from '../../src/host/paths.js';
import { type Host, ManyBenches, makeBenches } from '../../test/unit/api/many.js';

/** What the product starts in the place of a host's programs, and where it finds its benches. */
export interface StubbedHost {
  env: Record<string, string>;
  /** One line a process that was started. */
  started: string;
}

/**
 * A host whose zfs, zpool and systemctl print what real ones would for so many benches and volumes, each a process; and
 * whose systemd runs an operation that takes two seconds and tells four steps.
 * @param paths routes that will be asked for: what they start is found out first
 */
export async function stubHost(root: string, host: Host, paths: readonly string[]): Promise<StubbedHost> {
  const directory = mkdtempSync(join(root, 'host-'));
  const [bin, benches, printed, started] = ['bin', 'benches', 'printed', 'started'].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  for (const each of [bin, benches, printed]) mkdirSync(each);
  writeFileSync(started, '');
  makeBenches(benches, host);
  record(benches, host);
  process.env.BENCHES_ROOT = benches;
  const cases = new Map<string, string[]>();
  for (const [index, { argv, stdout }] of [...(await answersOf(directory, host, paths))].entries()) {
    const file = join(printed, String(index));
    writeFileSync(file, stdout);
    const [program = '', ...words] = argv;
    const line = `${quoted(words.join(' '))}) exec cat ${quoted(file)};;`;
    cases.set(program, [...(cases.get(program) ?? []), line]);
  }
  const running = join(directory, 'running');
  mkdirSync(running);
  const list = `'list-units '*) cd ${quoted(running)}; for f in *.service; do [ -e "$f" ] && echo "$f loaded active running x"; done; exit 0;;`;
  cases.set('systemctl', [list, ...(cases.get('systemctl') ?? [])]);
  for (const [program, lines] of cases)
    write(
      join(bin, program),
      `echo ${program} >> ${quoted(started)}\ncase "$*" in\n${lines.join('\n')}\nesac\necho "not foreseen: $*" >&2\nexit 1`,
    );
  write(join(bin, 'systemd-run'), operation(running, started));
  return { env: { PATH: `${bin}:${process.env.PATH}`, BENCHES_ROOT: benches }, started };
}

/** What `bench init` leaves of each outside of its dataset, which is what a list of them reads. */
function record(benches: string, host: Host): void {
  for (let index = 0; index < host.benches; index += 1) {
    const name = `b${String(index).padStart(3, '0')}`;
    const socketPath = `/run/mysqld/mysqld-${name}.sock`;
    const dataDir = `/var/lib/mysql-${name}`;
    const dataset = `bench-pool/${name}`;
    const text = JSON.stringify({
      version: 1,
      bench: name,
      pool: { name: 'bench-pool', guid: '1' },
      dataset,
      mountpoint: `/${dataset}`,
      backing: { kind: 'device', path: '/dev/disk/by-id/virtio-disk-a' },
      binds: [
        { source: `/${dataset}/benches`, target: join(benches, name) },
        { source: `/${dataset}/mariadb`, target: dataDir },
      ],
      mariadb: { instance: name, unit: `mariadb@${name}.service`, socketPath, dataDir, port: 3307 + index },
      units: [],
      volumes: [],
      operators: [],
    });
    mkdirSync(stateDir(name), { recursive: true });
    writeFileSync(join(stateDir(name), 'host.json'), text);
  }
}

/** Every process that these routes start, with what it would print. */
async function answersOf(
  directory: string,
  host: Host,
  paths: readonly string[],
): Promise<{ argv: Command['argv']; stdout: string }[]> {
  const runner = new ManyBenches(host);
  const seen = new Map<string, { argv: Command['argv']; stdout: string }>();
  const recording = {
    run: async (command: Command) => {
      const result = await runner.run(command);
      seen.set(command.argv.join(' '), { argv: command.argv, stdout: result.stdout });
      return result;
    },
  };
  const state = { run: join(directory, 'run'), state: join(directory, 'state') };
  const around = { runner: recording, paths: state, audit: () => undefined };
  const { app } = await makeApp({ root: directory, version: '0.0.0', hosts: [] }, around);
  for (const path of paths) {
    const answer = await app.request(path, { headers: { host: 'localhost' } }, { via: 'unix', isTls: false });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
  rmSync(join(directory, 'run'), { recursive: true, force: true });
  return [...seen.values()];
}

/** What systemd-run would do, and the command that it would run. */
function operation(running: string, started: string): string {
  return `echo systemd-run >> ${quoted(started)}
for word in "$@"; do case "$word" in
  --unit=*) unit=\${word#--unit=};;
  --property=StandardOutput=truncate:*) result=\${word#--property=StandardOutput=truncate:};;
  --setenv=BENCH_EVENTS=*) events=\${word#--setenv=BENCH_EVENTS=};;
esac; done
: > ${quoted(running)}/$unit
(
  for step in Check Hold Snapshot Release; do
    echo "{\\"at\\":\\"now\\",\\"kind\\":\\"step-started\\",\\"title\\":\\"$step\\",\\"durationMs\\":0}" >> "$events"
    sleep 0.5
    echo "{\\"at\\":\\"now\\",\\"kind\\":\\"step-finished\\",\\"title\\":\\"$step\\",\\"durationMs\\":500}" >> "$events"
  done
  echo '{"tag":"load"}' > "$result"
  rm ${quoted(running)}/$unit
) < /dev/null > /dev/null 2>&1 &`;
}

function write(file: string, lines: string): void {
  writeFileSync(file, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
