import { Config } from '@oclif/core';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BaseCommand } from '../../../src/base-command.js';
import { checkConfig, invalidConfig } from '../../../src/config/load.js';
import type { DropPreview } from '../../../src/drop/drop.js';
import * as errors from '../../../src/errors.js';
import { CommandError } from '../../../src/host/exec.js';
import { dropPreviewText } from '../../../src/output/drop.js';
import { failureText, reportFailure } from '../../../src/output/failure.js';
import { stepLine } from '../../../src/output/step-reporter.js';
import { discardPreviewText, restoreText, snapshotListText } from '../../../src/output/text.js';
import { chooseSnapshots } from '../../../src/snapshot/destroy.js';
import { RUNS } from './runs.js';
import { hostile, legalName, nearly } from './text.js';

/** What a terminal would obey instead of showing it. */
const COMMANDING = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

function expectPlain(text: string, lines?: number): void {
  expect(text.replaceAll('\n', '')).not.toMatch(COMMANDING);
  if (lines !== undefined) expect(text.trimEnd().split('\n')).toHaveLength(lines);
}

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const anyError = fc
  .tuple(
    fc.constantFrom(errors.BenchError, errors.UsageError, errors.RefusedError, errors.VolumeError),
    hostile,
    fc.array(hostile),
    hostile,
    fc.array(hostile),
  )
  .map(
    ([Kind, message, command, stderr, suggestions]) =>
      new Kind('any', message, { command, stderr, suggestions }),
  );
const commandError = fc
  .tuple(fc.array(hostile, { minLength: 1 }), hostile)
  .map(
    ([argv, stderr]) => new CommandError({ argv, stdout: '', stderr, exitCode: 1, durationMs: 1 }, 'failed'),
  );
const bug = hostile.map((message) => new TypeError(message));
const thrown = fc.oneof(anyError, commandError, bug, hostile);

describe('a failure with anything in it', () => {
  test('is one object of JSON', () => {
    fc.assert(
      fc.property(thrown, (error) => {
        let written = '';
        const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
          written += String(text);
          return true;
        });
        reportFailure(error, { json: true });
        stdout.mockRestore();
        const { error: told } = JSON.parse(written) as { error: { message: string; stderr: string | null } };
        const message = error instanceof Error ? error.message : error;
        expect(told.message).toContain(message);
      }),
      { numRuns: RUNS },
    );
  });

  test('gives a terminal nothing to obey', () => {
    fc.assert(
      fc.property(thrown, (error) => {
        let written = '';
        const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
          written += String(text);
          return true;
        });
        reportFailure(error, { json: false });
        stderr.mockRestore();
        expect(written).toMatch(/^Error: /);
        expectPlain(written);
      }),
      { numRuns: RUNS },
    );
  });

  test('has no line that is not its own: suggestions, commands, and what was typed stay on one', () => {
    fc.assert(
      fc.property(hostile, hostile, (text, other) => {
        const error = new errors.UsageError('any', 'Told.', {
          command: ['zfs', text],
          suggestions: [text, other],
        });
        // Error, blank, command, blank, and one for each suggestion.
        expectPlain(failureText(error), 6);
        if (text.trim() === '') return;
        const choose = () =>
          chooseSnapshots(
            { name: 'shop', volume: { dataset: 'pool/shop' } },
            [],
            [text.replaceAll('@', '')],
            new Map(),
          );
        try {
          choose();
        } catch (refusal) {
          expectPlain((refusal as errors.BenchError).message, 1);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('what is printed of', () => {
  test('a note or the tag of anybody', () => {
    fc.assert(
      fc.property(hostile, hostile, (note, tag) => {
        const snapshot = {
          tag,
          name: `a/b@${tag}`,
          createdAt: '2026-01-01T00:00:00Z',
          usedBytes: 0,
          referencedBytes: 0,
        };
        const ofClones = { clones: [], cloneEnds: [] };
        const rest = { quiesce: null, holds: [], ...ofClones, verified: null, scheduled: true, pinned: true };
        expectPlain(snapshotListText({ dataset: 'a/b', snapshots: [{ ...snapshot, ...rest, note }] }), 2);
      }),
      { numRuns: RUNS },
    );
  });

  test('a property of somebody, a step, or a result', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expectPlain(
          discardPreviewText({ dataset: 'a/_b.kept', keptAt: text, usedBytes: 0, snapshots: [] }),
          2,
        );
        expectPlain(stepLine(text, 1), 1);
        const result = {
          dataset: 'a/b',
          tag: 't',
          destroyed: [],
          lostBytes: 0,
          kept: null,
          volumes: [],
          durationMs: 1,
        };
        expectPlain(restoreText({ ...result, notes: [text] }), 2);
      }),
      { numRuns: RUNS },
    );
  });

  test('a snapshot, volume, unit or directory of a bench that is to be dropped', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const preview: DropPreview = {
          bench: 'a',
          dataset: 'p/a',
          storage: 'destroyed',
          preservedAs: null,
          usedBytes: 1,
          snapshots: [text],
          kept: null,
          volumes: [{ name: text, becomes: 'available', lostBytes: 1 }],
          units: [],
          steps: [],
          notes: [text],
        };
        expectPlain(dropPreviewText(preview), 5);
      }),
      { numRuns: RUNS },
    );
  });

  test('a value of bench.toml that is refused, and of the path that it lies at', async () => {
    await fc.assert(
      fc.asyncProperty(nearly(legalName), hostile, async (value, directory) => {
        const toml = `[bench]\nname = ${JSON.stringify(value)}\n${JSON.stringify(value)} = 1\n`;
        const file = `/srv/${directory}/bench.toml`;
        const { findings } = await checkConfig(toml, file);
        expect(findings.length).toBeGreaterThan(0);
        expectPlain(failureText(invalidConfig(file, findings)), 3 + findings.length);
      }),
      { numRuns: RUNS },
    );
  });

  test('any command, on both outputs', async () => {
    class Any extends BaseCommand {
      async run() {}
    }
    const command = new Any([], await Config.load({ root: new URL('../../..', import.meta.url).pathname }));
    fc.assert(
      fc.property(hostile, (text) => {
        let written = '';
        const take = (part: unknown) => {
          written += String(part);
          return true;
        };
        vi.spyOn(process.stdout, 'write').mockImplementation(take);
        vi.spyOn(process.stderr, 'write').mockImplementation(take);
        vi.spyOn(console, 'log').mockImplementation(take);
        vi.spyOn(console, 'error').mockImplementation(take);
        try {
          command.log(text);
          command.logToStderr(text);
        } finally {
          vi.restoreAllMocks();
        }
        expectPlain(written);
      }),
      { numRuns: RUNS },
    );
  });
});
