import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { quote } from '../../../guest/ssh.js';
import type { RestoreResult, SnapshotList, UndoResult } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure, sql } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'bench' });

const KEPT = 'bench-pool/_shop.kept';
const status = () => benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
const keep = (tag: string) => ['volume', 'restore-snapshot', tag, '--keep', '-b', 'shop', '--yes'];
const UNDO = ['volume', 'undo-restore', '-b', 'shop', '--yes'];

/** Everything that can be told apart: rows, files, snapshots, and the local properties of the dataset. */
async function stateOf(): Promise<string> {
  const list = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  const snapshots = list.snapshots.map(({ tag, quiesce, note }) => `${tag} ${quiesce} ${note}`);
  return [await contentOf(guest(), 'shop'), ...snapshots, await propertiesOf('bench-pool/shop')].join('\n');
}

const PROPERTIES = 'Properties:\n';

async function propertiesOf(dataset: string): Promise<string> {
  const { stdout } = await guest().sh(
    `zfs get -H -p -s local -o property,value all ${dataset} | grep -v ^canmount | sort; zfs get -H -o value mounted ${dataset}`,
  );
  return PROPERTIES + stdout;
}

async function expectKept(): Promise<void> {
  const { problems } = await status();
  expect(problems.map(({ code }) => code)).toEqual(['kept-undo']);
  const { stdout } = await guest().sh(`zfs get -H -p -o value reservation,canmount,mounted ${KEPT}`);
  expect(stdout.trim().split('\n')).toEqual(['0', 'noauto', 'no']);
}

/** Kills a command as soon as it has reported this step; its children go on. */
async function killAfter(args: readonly string[], step: string): Promise<void> {
  await guest().sh(
    `rm -f /tmp/err; touch /tmp/err
    bench ${args.map(quote).join(' ')} >/tmp/out 2>/tmp/err </dev/null & pid=$!
    until grep -q ${quote(`s  ${step}`)} /tmp/err; do kill -0 $pid || { cat /tmp/err; exit 9; }; sleep 0.02; done
    kill -9 $pid`,
    { timeoutMs: 280_000 },
  );
}

/** A site outside of the dataset, which answers requests all the time; returns what it has answered once it is open. */
async function openSite(): Promise<() => Promise<string[]>> {
  await guest().push(fileURLToPath(new URL('site.mjs', import.meta.url)), '/root/site.mjs');
  await guest().sh(`rm -f /root/answers; setsid node /root/site.mjs \
    /srv/benches/shop/sites/common_site_config.json /run/mysqld/mysqld-shop.sock /root/answers \
    >/root/site.log 2>&1 </dev/null & echo $! > /root/site`);
  const untilOpen = 'until [ "$(tail -1 /root/answers 2>/dev/null)" = open ]; do sleep 0.1; done';
  await guest().sh(untilOpen);
  return async () => {
    await guest().sh(`${untilOpen}; kill $(cat /root/site)`);
    return (await guest().read('/root/answers')).trim().split('\n');
  };
}

let first: string;
let third: string;
let between: string;

test('three snapshots and newer data', async () => {
  await guest().sh("zfs set compression=zstd custom:note='two\nlines' snapdir=visible bench-pool/shop");
  await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', 'first', '--note', 'a\tb']);
  first = await contentOf(guest(), 'shop');
  for (const tag of ['second', 'third']) {
    await sql(guest(), 'shop', `INSERT INTO app.orders VALUES (${tag === 'third' ? 9001 : 9002}, '${tag}')`);
    await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', tag]);
  }
  await guest().sh("cd /srv/benches/shop/sites; rm 'file 2'; echo new > new");
  third = await stateOf();
  expect((await benchJson<Failure>(guest(), UNDO, 2)).error.code).toBe('nothing-kept');
});

test('back to the first snapshot with everything kept', async () => {
  const answers = await openSite();
  const result = await benchJson<RestoreResult>(guest(), keep('first'));
  expect(result).toMatchObject({ kept: KEPT, destroyed: [], lostBytes: 0 });
  expect(await answers()).toEqual(['open', 'maintenance', 'open']);
  expect(await contentOf(guest(), 'shop')).toBe(first);
  expect((await status()).snapshots.latest?.tag).toBe('first');
  expect(await propertiesOf('bench-pool/shop')).toBe(third.slice(third.indexOf(PROPERTIES)));
  await expectKept();
});

test('undo brings back everything, newer snapshots included', async () => {
  await sql(guest(), 'shop', "INSERT INTO app.orders VALUES (9500, 'after the restore')");
  await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', 'third']);
  between = await stateOf();
  await benchJson<UndoResult>(guest(), UNDO);
  expect(await stateOf()).toBe(third);
  await expectKept();
});

test('undone once more, what was live in between is there again; and back', async () => {
  await benchJson<UndoResult>(guest(), UNDO);
  expect(await stateOf()).toBe(between);
  await benchJson<UndoResult>(guest(), UNDO);
  expect(await stateOf()).toBe(third);
  await expectKept();
});

test('the next --keep says what it drops; a copy in use, or one that is mounted, is refused', async () => {
  const asked = await guest().run(['bench', ...keep('second').slice(0, -1)], { check: false });
  expect(asked.exitCode).toBe(3);
  expect(asked.stderr).toMatch(new RegExp(`Lost: the older copy ${KEPT}.*snapshots third`));

  await guest().sh(`zfs mount ${KEPT}`);
  expect((await benchJson<Failure>(guest(), UNDO, 3)).error.code).toBe('kept-mounted');
  await guest().sh(`zfs unmount ${KEPT}; zfs hold audit ${KEPT}@third`);
  for (const args of [keep('second'), [...UNDO, '--discard']])
    expect((await benchJson<Failure>(guest(), args, 3)).error.code).toBe('kept-in-use');
  await guest().sh(`zfs release audit ${KEPT}@third`);
  expect(await stateOf()).toBe(third);
});

test('given up, the older copy goes, although a copy elsewhere has left its hold on it', async () => {
  await guest().sh(`zfs hold bench:offsite ${KEPT}@third`);
  await killAfter(keep('second'), 'Give it the snapshots');
  await benchJson<UndoResult>(guest(), UNDO);
  expect(await stateOf()).toBe(third);
  await expectKept();
});

test('cut off in the middle, only a restore goes on: to another snapshot, or back to what was', async () => {
  await killAfter(keep('second'), 'Give it the snapshots');
  for (const args of [['init'], ['volume', 'snapshot'], ['volume', 'undo-restore', '--discard', '--yes']]) {
    const { error } = await benchJson<Failure>(guest(), [...args, '-b', 'shop'], 3);
    expect(error.code).toBe('restore-unfinished');
  }
  // Without --keep it stays one that keeps.
  const result = await benchJson<RestoreResult>(guest(), without(keep('first'), '--keep'));
  expect(result).toMatchObject({ kept: KEPT, destroyed: [], lostBytes: 0 });
  expect(await contentOf(guest(), 'shop')).toBe(first);
  await benchJson<UndoResult>(guest(), UNDO);
  expect(await stateOf()).toBe(third);

  await killAfter(keep('second'), 'Set the live dataset aside');
  await benchJson<UndoResult>(guest(), UNDO);
  expect(await stateOf()).toBe(third);
  await expectKept();
});

/** Clones as a power cut leaves it that comes before the properties are on the disk, and the boot after it. */
const BARE_CLONE = `#!/bin/sh
[ "$1" = clone ] || exec /usr/sbin/zfs "$@"
for argument; do origin=$clone; clone=$argument; done
/usr/sbin/zfs clone "$origin" "$clone"
kill -9 $PPID
`;

test('cut off when the clone was there and its properties were not, it gets them from the same restore', async () => {
  await guest().write('/root/bare/zfs', BARE_CLONE);
  const line = keep('second').map(quote).join(' ');
  const killed = await guest().sh(
    `chmod +x /root/bare/zfs; PATH=/root/bare:$PATH bench ${line} > /dev/null || echo $?`,
    { timeoutMs: 280_000 },
  );
  expect(killed.stdout.trim()).toBe('137');
  expect((await guest().sh('zfs get -H -s local -o property all bench-pool/shop')).stdout).toBe('');
  expect((await status()).problems[0]?.code).toBe('restore-unfinished');

  await benchJson<RestoreResult>(guest(), keep('second'));
  expect(await propertiesOf('bench-pool/shop')).toBe(third.slice(third.indexOf(PROPERTIES)));
  await expectKept();
  await benchJson<UndoResult>(guest(), UNDO);
  expect(await stateOf()).toBe(third);
});

const without = (args: readonly string[], arg: string) => args.filter((each) => each !== arg);

test('a plain restore below the copy is refused until the copy is dropped', async () => {
  // What is kept then is a clone of the second snapshot, which a restore to the first would destroy.
  await benchJson<RestoreResult>(guest(), keep('second'));
  await benchJson<UndoResult>(guest(), UNDO);
  const { error } = await benchJson<Failure>(guest(), without(keep('first'), '--keep'), 3);
  expect(error.code).toBe('snapshot-cloned');
  expect(error.suggestions.join()).toContain('undo-restore --discard');
  const dropped = await benchJson<UndoResult>(guest(), [...UNDO, '--discard']);
  expect(dropped.discarded).toBe(true);
  expect((await status()).problems).toEqual([]);
  expect(await stateOf()).toBe(third);
  expect((await guest().sh('zfs list -H -o name -t filesystem')).stdout.trim().split('\n')).toEqual([
    'bench-pool',
    'bench-pool/shop',
  ]);
});
