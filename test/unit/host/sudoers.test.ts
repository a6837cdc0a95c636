import { describe, expect, test } from 'vitest';
import { sudoersFragment, sudoersStyle } from '../../../src/host/sudoers.js';
import { tag as tagProblem } from '../../../src/names.js';
import { encodeNote, MARK } from '../../../src/zfs/marks.js';
import { markInconsistent, snapshotDataset } from '../../../src/zfs/snapshot-commands.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const options = {
  bench: 'shop',
  dataset: 'bench-pool/my.shop',
  volumes: [],
  operators: ['alice'],
  zfs: '/usr/sbin/zfs',
};

/** The expressions of the fragment, as sudo matches them: with all arguments, a blank between each two. */
const expressions = sudoersFragment({ ...options, style: 'regex' })
  .split('\n')
  .flatMap((line) => /^alice ALL=\(root\) NOPASSWD: \/usr\/sbin\/zfs (\^.*\$)$/.exec(line)?.[1] ?? [])
  .map((expression) => new RegExp(expression));
const allows = (argv: readonly string[]) =>
  expressions.some((expression) => expression.test(argv.slice(1).join(' ')));

const TAGS = ['20250528-140000', 'before-upgrade', 'v1.2:x_y', 'A'];
const NOTES = ['', '-', 'plain', 'two words', 'tab\tnewline\n', '100% Übergröße €', "'; -o canmount=off"];

describe('the regular expressions', () => {
  test('allow whatever bench volume snapshot starts', () => {
    expect(expressions).toHaveLength(2);
    for (const tag of TAGS) {
      expect(tagProblem(tag)).toBeUndefined();
      const name = `${options.dataset}@${tag}`;
      expect(allows(markInconsistent(name).argv)).toBe(true);
      for (const quiesce of ['backup-stage', 'read-lock', 'stopped', 'crash-consistent']) {
        expect(allows(snapshotDataset(name, { [MARK.quiesce]: quiesce }).argv)).toBe(true);
        for (const note of NOTES) {
          const marks = { [MARK.quiesce]: quiesce, [MARK.note]: encodeNote(note) };
          expect(allows(snapshotDataset(name, marks).argv), note).toBe(true);
        }
      }
    }
  });

  test('allow the volumes of the bench along, those that are still attached, and no others', () => {
    const [up, logs] = ['bench-pool/_volumes/up', 'bench-pool/_volumes/logs'];
    const lines = sudoersFragment({ ...options, volumes: [up, logs], style: 'regex' });
    const [snapshot, mark] = [...lines.matchAll(/zfs (\^.*\$)$/gm)].map(
      ([, regex = '']) => new RegExp(regex),
    );
    const taken = (...datasets: string[]) =>
      snapshot?.test(
        snapshotDataset(
          datasets.map((each) => `${each}@t`),
          { [MARK.quiesce]: 'stopped' },
        )
          .argv.slice(1)
          .join(' '),
      );
    const { dataset } = options;
    expect([taken(dataset, up, logs), taken(dataset, logs), taken(dataset)]).toEqual([true, true, true]);
    expect([taken(up), taken(dataset, 'bench-pool/_volumes/other'), taken(dataset, up, up)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(mark?.test(markInconsistent(`${logs}@t`).argv.slice(1).join(' '))).toBe(true);
  });

  test('take a dot in a name for itself', () => {
    expect(allows(snapshotDataset('bench-pool/myxshop@t', { [MARK.quiesce]: 'stopped' }).argv)).toBe(false);
  });
});

test('for an older sudo each wildcard is one digit', () => {
  const fragment = sudoersFragment({ ...options, style: 'fixed' });
  const commands = fragment.split('\n').filter((line) => line.startsWith('alice'));
  expect(commands).toHaveLength(5);
  expect(commands[0]).toBe(
    'alice ALL=(root) NOPASSWD: /usr/sbin/zfs snapshot -o bench\\:quiesce\\=backup-stage ' +
      `bench-pool/my.shop@${'[0-9]'.repeat(8)}-${'[0-9]'.repeat(6)}`,
  );
  expect(commands.join('')).not.toMatch(/[*?^$]/);
});

describe('the sudo of the host', () => {
  const style = (stdout: string) => sudoersStyle(new ScriptedRunner([{ argv: ['sudo', '-V'], stdout }]));
  // The first line as each prints it.
  test.each([
    ['Sudo version 1.9.16p2\nSudoers policy plugin version 1.9.16p2\n', 'regex'],
    ['Sudo version 1.9.10\n', 'regex'],
    ['Sudo version 1.10.1\n', 'regex'],
    ['Sudo version 1.9.9\n', 'fixed'],
    ['Sudo version 1.8.31p2\n', 'fixed'],
  ])('%j knows %s', async (stdout, expected) => {
    expect(await style(stdout)).toBe(expected);
  });

  test('is refused where it is another program, or none', async () => {
    await expect(style('sudo-rs 0.2.8\n')).rejects.toMatchObject({ code: 'sudo-unsuitable', exitCode: 3 });
    const none = new ScriptedRunner([{ argv: ['sudo', '-V'], notFound: true }]);
    await expect(sudoersStyle(none)).rejects.toMatchObject({ code: 'sudo-unsuitable' });
  });
});
