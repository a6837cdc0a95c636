import type { ListedBench } from '../bench/bench.js';
import { benchListText } from './bench-list.js';
import { table } from './table.js';

/** What each state wants; undefined where all is well. */
const WANTED: Readonly<
  Record<ListedBench['state'], ((name: string) => readonly [string, string]) | undefined>
> = {
  running: undefined,
  starting: undefined,
  'not-set-up': (name) => [`bench init -b ${name}`, 'shows what it is going to do, and asks'],
  unreadable: (name) => [`bench config check -b ${name}`, 'what is wrong in its bench.toml'],
  'pool-suspended': look,
  'dataset-missing': look,
  'not-mounted': look,
  stopped: look,
  failed: look,
};

function look(name: string): readonly [string, string] {
  return [`bench volume status -b ${name}`, 'what is wrong, and the command that mends it'];
}

/** What `bench` alone says: how the benches of the host are, and what somebody would do next. Pure. */
export function nextText(list: { benches: readonly ListedBench[] }, now = new Date()): string {
  const { benches } = list;
  const lines = (next: readonly (readonly [string, string])[]) =>
    table([...next, ['bench --help', 'all commands']].map(([command, what]) => [`  ${command}`, what]));
  if (benches.length === 0)
    return [
      'There is no bench on this host yet. Next:',
      lines([
        ['bench volume discover', 'the disks of this host, and which of them are free'],
        ['bench new NAME', 'a directory for it, with a bench.toml that explains itself'],
        ['bench init -b NAME', 'shows what it is going to do, asks, and provisions it'],
      ]),
    ].join('\n');
  const troubled = benches.flatMap(({ name, state }) => {
    const next = WANTED[state]?.(name);
    return next === undefined ? [] : [next];
  });
  const name = benches[0]?.name ?? '';
  const usual = [
    [`bench volume status -b ${name}`, 'how it is, and what is wrong or soon will be'],
    [`bench volume snapshot -b ${name}`, 'before something is changed'],
    [`bench guard -b ${name} -- COMMAND`, 'a change that is undone by itself where it fails'],
  ] as const;
  return [benchListText(list, now), '', 'Next:', lines(troubled.length > 0 ? troubled : usual)].join('\n');
}
