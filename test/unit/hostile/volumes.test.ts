import { join, normalize } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLabels } from '../../../src/config/labels.js';
import { BenchError } from '../../../src/errors.js';
import { volumePath } from '../../../src/names.js';
import { volumeListText, volumeText } from '../../../src/output/volumes.js';
import { requireVolumeName } from '../../../src/registry/find.js';
import { decodeLabels, textProperties } from '../../../src/registry/properties.js';
import { commandsFor, type Step } from '../../../src/steps/steps.js';
import { type MachineRequest, planMachine } from '../../../src/volumes/attach-machine.js';
import { planCreate } from '../../../src/volumes/create.js';
import { planExport } from '../../../src/volumes/export.js';
import { requireFile } from '../../../src/volumes/look-at-file.js';
import { volumeJson } from '../../../src/volumes/volume-json.js';
import { TOOLS, wordsFor } from '../../../src/volumes/words.js';
import { decodeNote } from '../../../src/zfs/marks.js';
import { block, pool } from '../volumes/registry.js';
import { expectHarmless } from './host.js';
import { RUNS, TIMEOUT_MS } from './runs.js';
import { hostile, legalName, legalPath, nearly } from './text.js';

const options = { timeout: TIMEOUT_MS };
/** What a program gets of half a surrogate pair. */
const asGiven = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd');

function expectRefusal(error: unknown): void {
  expect(error).toBeInstanceOf(BenchError);
  expect([2, 3]).toContain((error as BenchError).exitCode);
  expect((error as BenchError).message).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
}

function argvOf(steps: readonly Step[]): (readonly string[])[] {
  return steps.flatMap(commandsFor).map(({ argv }) => argv);
}

const create = (name: string, description: string, labels: Record<string, string>) =>
  planCreate(
    {
      ...{ name, description, labels, sizeBytes: 1024 ** 3, kind: 'filesystem', format: 'raw' },
      ...{ pool: 'tank', reserve: false, shared: false },
    },
    'abc',
    pool().pools[0] as never,
    { registry: pool(), limits: {} },
  ).steps;

describe('of a volume', () => {
  test('the name is refused, or is one part of a dataset, a path and a device', options, () => {
    let made = 0;
    fc.assert(
      fc.property(nearly(legalName), (name) => {
        try {
          requireVolumeName(name);
        } catch (error) {
          expectRefusal(error);
          return;
        }
        made += 1;
        expect(name).toMatch(/^[A-Za-z][\w-]*$/);
        for (const argv of argvOf(create(name, '', {}))) {
          expectHarmless(argv);
          for (const word of argv.filter((each) => each.startsWith('tank/')))
            expect(word.split('/')).toHaveLength(word === 'tank/_volumes' ? 2 : 3);
        }
      }),
      { numRuns: RUNS },
    );
    expect(made).toBeGreaterThan(0);
  });

  test('description and labels are one word of one command each, and come back as they were', options, () => {
    fc.assert(
      fc.property(hostile, fc.array(hostile, { maxLength: 3 }), (description, words) => {
        let labels: Record<string, string>;
        let steps: Step[];
        try {
          labels = parseLabels(words.map((word, index) => `k${index}=${word}`));
          steps = create('name', description, labels);
        } catch (error) {
          expectRefusal(error);
          return;
        }
        const stored = argvOf(steps).flat();
        for (const word of stored.filter((each) => /^bench:(description|labels)=/.test(each)))
          expect(word).toMatch(/^bench:(description|labels)=[A-Za-z0-9_.%-]+$/);
        const properties = textProperties({ description, labels });
        expect(decodeNote(properties['bench:description'] ?? '')).toBe(asGiven(description));
        if (words.length > 0)
          expect(decodeLabels(properties['bench:labels'] ?? '')).toEqual(
            Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, asGiven(value)])),
          );
      }),
      { numRuns: RUNS },
    );
  });

  test('whatever is told of it has no line or control character of its own', options, () => {
    fc.assert(
      fc.property(hostile, hostile, (description, value) => {
        const volume = block({ description, labels: { k: value } });
        const json = volumeJson(volume, [volume]);
        const told = volumeText({
          ...json,
          ...{
            mounted: false,
            keyLoaded: null,
            availableBytes: 0,
            snapshots: [],
            clones: [],
            history: [],
            damaged: [],
          },
        });
        const list = volumeListText({ volumes: [json], pools: [] });
        for (const line of [...told.split('\n'), ...list.split('\n')])
          expect(line).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
        expect(list.split('\n')).toHaveLength(2);
      }),
      { numRuns: RUNS },
    );
  });
});

test(
  'a path in a bench is refused, or lies below the directory of the bench as it is written',
  options,
  () => {
    const path = nearly(
      fc.oneof(
        legalName,
        legalPath.map((absolute) => absolute.slice(1)),
      ),
    );
    fc.assert(
      fc.property(path, (relative) => {
        if (volumePath(relative) !== undefined) return;
        const target = join('/srv/benches/shop', relative);
        expect(target).toBe(`/srv/benches/shop/${relative}`);
        expect(normalize(target)).toBe(target);
        expect(target).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
      }),
      { numRuns: RUNS },
    );
  },
);

test(
  'names of machines and drives are refused, or stand in the words of each tool as they are',
  options,
  () => {
    const machine = nearly(fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/));
    const drive = fc.option(nearly(fc.stringMatching(/^[a-z][a-z0-9]{1,10}$/)), { nil: undefined });
    fc.assert(
      fc.property(machine, drive, (name, wanted) => {
        const request: MachineRequest = {
          ...{ volume: 'disk', machine: name, drive: wanted, mode: 'rw', tool: undefined },
        };
        let plan: ReturnType<typeof planMachine>;
        try {
          plan = planMachine(pool([block()]), request, new Date(0));
        } catch (error) {
          expectRefusal(error);
          return;
        }
        for (const argv of argvOf(plan.steps)) expectHarmless(argv);
        expect(name).toMatch(/^[a-zA-Z0-9][\w.-]*$/);
        for (const tool of TOOLS)
          expect(wordsFor(tool, plan.volume, plan.attachment)).not.toMatch(/[^\x20-\x7e\n]|[`$;|&]/);
      }),
      { numRuns: RUNS },
    );
  },
);

test(
  'a file to read or to write is refused, or is one absolute path, in no command of any program',
  options,
  () => {
    fc.assert(
      fc.property(nearly(legalPath), (file) => {
        let path: string;
        try {
          path = requireFile(file);
        } catch (error) {
          expectRefusal(error);
          return;
        }
        expect(path.startsWith('/')).toBe(true);
        expect(path).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
        let plan: ReturnType<typeof planExport>;
        try {
          plan = planExport(
            { volume: 'disk', file: path, format: 'raw', tag: undefined },
            'e1',
            pool([block()]),
          );
        } catch (error) {
          expectRefusal(error);
          return;
        }
        for (const argv of argvOf([...plan.begin, ...plan.copy, ...plan.end]))
          for (const word of argv.filter((each) => !each.startsWith('bench:description=')))
            expect(word).not.toContain('bench-part');
      }),
      { numRuns: RUNS },
    );
  },
);
