import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBench } from '../../../src/bench/open-bench.js';
import type { BenchConfig } from '../../../src/config/config.js';
import { BenchError } from '../../../src/errors.js';
import { bindLine, parseFstab } from '../../../src/host/fstab.js';
import { commandsFor } from '../../../src/steps/step.js';
import { planInit } from '../../../src/volume-manager/plan.js';
import { expectHarmless, freshHost } from './host.js';
import { RUNS, TIMEOUT_MS } from './runs.js';
import { cleaned, legalName, legalPath, nearly } from './text.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bench-hostile-'));
  mkdirSync(join(root, 'shop'));
  process.env.BENCHES_ROOT = root;
});
afterAll(() => {
  delete process.env.BENCHES_ROOT;
  rmSync(root, { recursive: true });
});

/** The words of which no other one is part, by what they are in bench.toml. */
const PLAIN = {
  'volume.pool': 'thepool',
  'volume.name': 'theleaf',
  'mariadb.instance': 'theinstance',
  'mariadb.data_dir': '/the/data',
  'mariadb.socket_path': '/the/socket.sock',
  'volume.device': '/dev/thedevice',
  'volume.image.path': '/the/image.img',
  'maintenance.units': 'theunit.service',
} as const;
type Key = keyof typeof PLAIN;

/** What each may be: whoever changes src/names.ts has to think about this, too. */
const LEGAL: Readonly<Record<Key, fc.Arbitrary<string>>> = {
  'volume.pool': legalName.filter((name) => !/^(mirror|raidz|draid|spare|log$|c[0-9])/.test(name)),
  'volume.name': legalName,
  'mariadb.instance': legalName.filter((name) => name.length < 25),
  'mariadb.data_dir': legalPath,
  'mariadb.socket_path': legalPath.map((path) => path.slice(0, 20).replace(/\p{Surrogate}/gu, '_')),
  'volume.device': legalPath,
  'volume.image.path': legalPath,
  'maintenance.units': legalName.map((name) => `${name}.service`),
};
const PATHS: readonly string[] = [
  'mariadb.data_dir',
  'mariadb.socket_path',
  'volume.device',
  'volume.image.path',
];

const onImage = (key: Key) => key === 'volume.image.path';

/** A text as TOML: JSON's escapes are TOML's as well, but for these. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\u007f/g, '\\u007f');
}

async function load(values: Readonly<Record<Key, string>>, isImage: boolean): Promise<BenchConfig> {
  const v = (key: Key) => quoted(values[key]);
  writeFileSync(
    join(root, 'shop/bench.toml'),
    `[bench]
name = "shop"
[mariadb]
instance = ${v('mariadb.instance')}
data_dir = ${v('mariadb.data_dir')}
socket_path = ${v('mariadb.socket_path')}
[volume]
pool = ${v('volume.pool')}
name = ${v('volume.name')}
backing = "${isImage ? 'image' : 'device'}"
device = ${v('volume.device')}
[volume.image]
size = "60G"
path = ${v('volume.image.path')}
[maintenance]
units = [${v('maintenance.units')}]
`,
  );
  return openBench({ bench: 'shop', guess: false });
}

const context = { now: '20260101-000000', mysql: { uid: 100, gid: 101 } };

function plan(config: BenchConfig) {
  const { steps } = planInit(config, freshHost(config), context);
  return {
    commands: steps.flatMap(commandsFor).map(({ argv }) => [...argv]),
    files: steps.flatMap((step) => (step.kind === 'file.write' ? [step] : [])),
    fstab: steps.flatMap((step) => (step.kind === 'fstab.add' ? [bindLine(step.source, step.target)] : [])),
  };
}

/** systemd-escape(1), as far as names of instances go. */
const escaped = (instance: string) => instance.replaceAll('-', '\\x2d').replace(/[^A-Za-z0-9:_.\\]/g, '?');

/** What mariadbd makes of a value in an option file (its my_default.c): a comment, blanks, quotes, escapes. */
function readOption(text: string, key: string): string {
  const raw = new RegExp(`^${key} = (.*)$`, 'm').exec(text)?.[1] ?? '';
  let end = raw.length;
  let quote = '';
  let isEscaped = false;
  for (const [index, char] of [...raw].entries()) {
    if ((char === "'" || char === '"') && !isEscaped) {
      if (quote === '') quote = char;
      else if (quote === char) quote = '';
    }
    if (quote === '' && char === '#') {
      end = index;
      break;
    }
    isEscaped = quote !== '' && char === '\\' && !isEscaped;
  }
  const value = [...raw]
    .slice(0, end)
    .join('')
    .replace(/^[ \t]+|[ \t]+$/g, '');
  const bare = /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
  const escapes: Record<string, string> = {
    n: '\n',
    t: '\t',
    r: '\r',
    b: '\b',
    s: ' ',
    '"': '"',
    "'": "'",
    '\\': '\\',
  };
  return bare.replace(/\\(.)/gsu, (whole, char: string) => escapes[char] ?? whole);
}

describe('a value of bench.toml is refused before anything is started, or is one word wherever it is used', () => {
  test.each(Object.keys(PLAIN) as Key[])('%s', { timeout: TIMEOUT_MS }, async (key) => {
    const usual = plan(await load(PLAIN, onImage(key)));
    let taken = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(nearly(LEGAL[key]), async (value) => {
        let found: ReturnType<typeof plan>;
        let config: BenchConfig;
        try {
          config = await load({ ...PLAIN, [key]: value }, onImage(key));
          found = plan(config);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(BenchError);
          expect([2, 3]).toContain((error as BenchError).exitCode);
          return;
        }
        // What stands for "not set".
        if (value === '') return;
        taken++;
        const used = PATHS.includes(key) ? cleaned(value) : value;
        const inItsPlace = (arg: string) =>
          key === 'mariadb.instance'
            ? arg.replaceAll(`@${PLAIN[key]}.`, () => `@${escaped(used)}.`).replaceAll(PLAIN[key], () => used)
            : arg.replaceAll(PLAIN[key], () => used);
        // Directories in which things are looked for are those of the path.
        expect(found.commands).toEqual(usual.commands.map((argv) => argv.map(inItsPlace)));
        for (const argv of found.commands) expectHarmless(argv);
        const options = (commands: readonly (readonly string[])[]) =>
          commands.flat().filter((arg) => arg.startsWith('-')).length;
        expect(options(found.commands)).toBe(options(usual.commands));

        expect(found.files.map(({ content }) => content.split('\n').length)).toEqual(
          usual.files.map(({ content }) => content.split('\n').length),
        );
        for (const { path } of found.files) {
          expect(path).toMatch(/^\/etc\/(systemd\/system|mysql\/mariadb\.conf\.d)\//);
          expect(path.split('/')).not.toContain('..');
          expect(path).not.toMatch(/\p{Cc}/u);
        }
        const [options_] = found.files;
        expect(readOption(options_?.content ?? '', 'datadir')).toBe(config.mariadb.dataDir);
        expect(readOption(options_?.content ?? '', 'socket')).toBe(config.mariadb.socketPath);

        for (const line of found.fstab) expect(line.split(/[ \t\n]/)).toHaveLength(6);
        expect(parseFstab(found.fstab.join('\n')).map(({ target }) => target)).toEqual([
          join(root, 'shop'),
          config.mariadb.dataDir,
        ]);
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });

  const sizes = nearly(
    fc.tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom('', 'K', 'm', 'G')).map((p) => p.join('')),
  );
  test.each(['quota', 'reservation'])('volume.dataset.%s', { timeout: TIMEOUT_MS }, async (key) => {
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        writeFileSync(
          join(root, 'shop/bench.toml'),
          `[bench]\nname = "shop"\n[volume]\nbacking = "image"\n[volume.image]\nsize = "60G"\n[volume.dataset]\n${key} = ${quoted(size)}\n`,
        );
        try {
          const config = await openBench({ bench: 'shop', guess: false });
          const { commands } = plan(config);
          const set = commands.flat().filter((arg) => arg.startsWith(`${key}=`));
          expect(set).toHaveLength(1);
          expect(set[0]).toMatch(/^\w+=[1-9][0-9]*[KMGT]?$/);
        } catch (error) {
          expect(error).toBeInstanceOf(BenchError);
          expect([2, 3]).toContain((error as BenchError).exitCode);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
