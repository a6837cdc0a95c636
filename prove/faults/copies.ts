import type { Guest } from '../../guest/guest.js';
import type { TemplateList } from '../../src/clone/clone.js';
import type { Status } from '../../src/status/status.js';
import { benchJson, contentOf, sql } from '../../test/guest/product.js';
import { DATASET, expectSame, requireContent, run, type Scene } from './scene.js';
import type { Operation } from './walk.js';

const COPY = 'bench-pool/copy';
const TEMPLATE = 'bench-pool/_templates/base';

async function exists(guest: Guest, dataset: string): Promise<boolean> {
  return (await guest.run(['zfs', 'list', dataset], { check: false })).exitCode === 0;
}

async function originOf(guest: Guest, dataset: string): Promise<string> {
  return (await guest.run(['zfs', 'get', '-H', '-o', 'value', 'origin', dataset])).stdout.trim();
}

/** Scripts that a clone runs before it may act; both may run twice. */
export async function nameScripts(guest: Guest): Promise<void> {
  await guest.sh(`cd /srv/benches/shop
    echo 'CREATE TABLE IF NOT EXISTS app.muted (at TIMESTAMP(6)); INSERT INTO app.muted VALUES (NOW(6));' > config/mute.sql
    printf '#!/bin/sh\\ndate >> muted\\n' > config/mute.sh; chmod 755 config/mute.sh`);
  await run(guest, 'config', 'set', 'clone.sql', 'config/mute.sql', '-b', 'shop');
  await run(guest, 'config', 'set', 'clone.run', 'config/mute.sh', '-b', 'shop');
}

/** No copy, no template and nothing of theirs, whatever the run before has left. The bench depends on nothing. */
async function clear(guest: Guest): Promise<void> {
  for (const dataset of [DATASET, TEMPLATE])
    if ((await exists(guest, dataset)) && (await originOf(guest, dataset)).startsWith(`${COPY}@`))
      await guest.run(['zfs', 'promote', dataset]);
  if ((await exists(guest, TEMPLATE)) && (await originOf(guest, DATASET)).startsWith(`${TEMPLATE}@`))
    await guest.run(['zfs', 'promote', DATASET]);
  await guest.run(['bench', 'drop', 'copy', '--yes'], { check: false, timeoutMs: 280_000 });
  await guest.run(['bench', 'template', 'delete', 'base', '--yes'], { check: false });
  expectSame('a copy that is left', await exists(guest, COPY), false);
  await guest.sh(`if zfs list ${TEMPLATE} 2> /dev/null; then zfs destroy -r ${TEMPLATE}; fi
    for left in $(zfs list -H -t snapshot -o name,bench:for ${DATASET} | awk '$2 != "-" { print $1 }'); do zfs destroy "$left"; done`);
}

async function makeCopy(guest: Guest, ...flags: string[]): Promise<void> {
  await clear(guest);
  await run(guest, 'clone', 'shop', 'copy', ...flags);
}

async function requireWhole(guest: Guest, content: string): Promise<void> {
  expectSame('the content of the copy', await contentOf(guest, 'copy'), content);
  const { problems, clone } = await benchJson<Status>(guest, ['volume', 'status', '-b', 'copy']);
  expectSame('problems', problems, []);
  expectSame('what it may do', clone?.state, 'ready');
  const muted = Number(await sql(guest, 'copy', 'SELECT COUNT(*) FROM app.muted'));
  if (!(muted > 0)) throw new Error('what [clone] names has not run');
  const { changed } = await benchJson<{ changed: boolean }>(guest, ['init', '-b', 'copy']);
  if (changed) throw new Error('an init of the copy has changed something');
}

async function requireGone(guest: Guest): Promise<void> {
  expectSame('the copy', await exists(guest, COPY), false);
  const { stdout } = await guest.sh(
    `zfs list -H -t snapshot -o name,bench:for ${DATASET} | awk '$2 == "copy"'
    grep -rlE '[-/@.]copy\\b' /etc/fstab /etc/systemd/system /etc/mysql; ls -d /var/lib/bench/copy /srv/benches/copy /var/lib/mysql-copy`,
    { check: false },
  );
  expectSame('what is left', stdout.trim(), '');
}

/** A bench, its clones and its templates: each begins with a bench that depends on nothing. */
export function copies({ newer }: Scene): Operation[] {
  const common = {
    bench: 'copy',
    cases: 'chain',
    intact: (guest: Guest) => requireContent(guest, newer),
  } as const;
  const templates = async (guest: Guest) =>
    (await benchJson<TemplateList>(guest, ['template', 'list'])).templates;
  return [
    {
      ...common,
      title: 'clone',
      argv: ['clone', 'shop', 'copy'],
      prepare: clear,
      done: (guest) => requireWhole(guest, newer),
      doneAlready: 'There is a bench copy already',
    },
    {
      ...common,
      title: 'clone reset',
      argv: ['clone', 'reset', 'copy', '--yes'],
      prepare: async (guest) => {
        if (!(await exists(guest, COPY))) await makeCopy(guest);
        await guest.run(['bench', 'clone', 'shop', 'copy'], { check: false, timeoutMs: 280_000 });
        await run(guest, 'clone', 'reset', 'copy', '--yes');
        await sql(guest, 'copy', 'DELETE FROM app.orders');
      },
      done: (guest) => requireWhole(guest, newer),
    },
    {
      ...common,
      title: 'clone release',
      argv: ['clone', 'release', 'copy', '--yes'],
      prepare: async (guest) => {
        if (!(await exists(guest, COPY))) await makeCopy(guest);
        // As one whose [clone] named nothing: its settings hold it, and its server has started with these.
        await guest.run(['zfs', 'set', 'bench:clone=held', COPY]);
        await run(guest, 'init', '-b', 'copy', '--yes');
        await guest.run(['systemctl', 'restart', 'mariadb@copy'], { timeoutMs: 280_000 });
      },
      done: async (guest) => {
        const { clone } = await benchJson<Status>(guest, ['volume', 'status', '-b', 'copy']);
        expectSame('what it may do', clone?.state, 'ready');
        expectSame(
          'the event scheduler',
          await sql(guest, 'copy', 'SELECT @@event_scheduler'),
          await sql(guest, 'shop', 'SELECT @@event_scheduler'),
        );
      },
    },
    {
      ...common,
      title: 'clone promote',
      argv: ['clone', 'promote', 'copy', '--yes'],
      prepare: async (guest) => {
        if ((await originOf(guest, DATASET)).startsWith(`${COPY}@`))
          await guest.run(['zfs', 'promote', DATASET]);
        if (!(await exists(guest, COPY))) await makeCopy(guest);
      },
      intact: async (guest) => {
        await requireContent(guest, newer);
        expectSame('the content of the copy', await contentOf(guest, 'copy'), newer);
      },
      done: async (guest) => {
        expectSame('its origin', await originOf(guest, COPY), '-');
        await requireWhole(guest, newer);
      },
      doneAlready: 'it is independent',
    },
    {
      ...common,
      title: 'clone sweep',
      argv: ['clone', 'sweep'],
      prepare: async (guest) => {
        await makeCopy(guest, '--expires', '8h');
        await guest.run(['zfs', 'set', 'bench:expires=20200101T000000Z', COPY]);
      },
      // One that could not be dropped is no failure of a sweep: the next one tries again.
      done: async (guest) => {
        if (await exists(guest, COPY)) await run(guest, 'clone', 'sweep');
        await requireGone(guest);
      },
    },
    {
      ...common,
      bench: 'shop',
      title: 'template create',
      argv: ['template', 'create', 'shop', 'base'],
      prepare: clear,
      done: async (guest) => {
        const [base, second] = await templates(guest);
        expectSame('the template', [base?.name, base?.whole, second], ['base', true, undefined]);
        await guest.sh(`cmp '/srv/benches/shop/sites/file 1' '/${TEMPLATE}/benches/sites/file 1'`);
      },
      doneAlready: 'There is a template base already',
    },
    {
      ...common,
      bench: 'shop',
      title: 'template promote',
      argv: ['template', 'promote', 'base', '--yes'],
      prepare: async (guest) => {
        await clear(guest);
        await run(guest, 'template', 'create', 'shop', 'base');
      },
      done: async (guest) => expectSame('its origin', await originOf(guest, TEMPLATE), '-'),
      doneAlready: 'it is independent',
    },
    {
      ...common,
      bench: 'shop',
      title: 'template delete',
      argv: ['template', 'delete', 'base', '--yes'],
      prepare: async (guest) => {
        await clear(guest);
        await run(guest, 'template', 'create', 'shop', 'base');
      },
      done: async (guest) => {
        expectSame('templates', await templates(guest), []);
        const { stdout } = await guest.sh(
          `zfs list -H -t snapshot -o bench:for ${DATASET} | grep template || true`,
        );
        expectSame('snapshots of it', stdout, '');
      },
      doneAlready: 'There is no template base',
    },
  ];
}
