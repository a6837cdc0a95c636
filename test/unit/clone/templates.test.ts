import { expect, test } from 'vitest';
import { refuseExisting, requireTemplate, templateJson } from '../../../src/clone/template.js';
import type { BenchError } from '../../../src/errors.js';
import { templateListText } from '../../../src/output/template.js';
import { listTemplates, type Template } from '../../../src/zfs/zfs.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const COLUMNS = 'name,creation,used,referenced,mounted,mountpoint,origin,bench:template,bench:origin';

/** A host whose pools have these templates: dataset and what `bench:template` says. */
function host(...templates: [dataset: string, mark: string][]): ScriptedRunner {
  const pools = [...new Set(templates.map(([dataset]) => dataset.split('/')[0] ?? ''))];
  const places = pools.map((pool) => `${pool}/_templates`);
  return new ScriptedRunner([
    {
      argv: ['zpool', 'list', '-H', '-p', '-o', 'name,guid,health,size,allocated,free,readonly,ashift'],
      stdout: pools.map((pool) => `${pool}\t7\tONLINE\t1\t1\t1\toff\t12\n`).join(''),
    },
    {
      argv: ['zfs', 'list', '-H', '-p', '-t', 'filesystem', '-d', '1', '-o', COLUMNS, ...places],
      stdout: templates
        .map(
          ([dataset, mark]) => `${dataset}\t0\t0\t0\tyes\t/${dataset}\ttank/shop@now\t${mark}\tshop%40now\n`,
        )
        .join(''),
    },
  ]);
}

const all = (...templates: [dataset: string, mark: string][]): Promise<Template[]> =>
  listTemplates(host(...templates), [...new Set(templates.map(([dataset]) => dataset.split('/')[0] ?? ''))]);

const errorOf = async (work: () => unknown) =>
  Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (error: BenchError) => error,
    );

test('one without its mark was cut off; one with another mark is whole, and was renamed', async () => {
  const found = await all(
    ['tank/_templates/base', 'base'],
    ['tank/_templates/cut', '-'],
    ['tank/_templates/base-2', 'base'],
  );
  expect(found.map(({ name, isWhole, renamedFrom }) => [name, isWhole, renamedFrom])).toEqual([
    ['base', true, undefined],
    ['cut', false, undefined],
    ['base-2', false, 'base'],
  ]);
  const text = templateListText({ templates: found.map((each) => templateJson(each, [])) });
  expect(text).toMatch(/^cut +not whole: create it again/m);
  expect(text).toMatch(/^base-2 +renamed, was base: zfs set bench:template=base-2 tank\/_templates\/base-2/m);
});

test('none is made in the place of one that was renamed', async () => {
  const renamed = await errorOf(async () =>
    refuseExisting('base-2', await all(['tank/_templates/base-2', 'base'])),
  );
  expect(renamed?.code).toBe('template-exists');
  expect(renamed?.suggestions.join('\n')).toContain('zfs set bench:template=base-2 tank/_templates/base-2');
  const whole = await errorOf(async () =>
    refuseExisting('base', await all(['tank/_templates/base', 'base'])),
  );
  expect(whole?.suggestions).toContain('bench template delete base');
  expect(
    await errorOf(async () => refuseExisting('base', await all(['tank/_templates/base', '-']))),
  ).toBeUndefined();
});

test('who asks for one that was renamed is told how it is used', async () => {
  const error = await errorOf(() => requireTemplate(host(['tank/_templates/base-2', 'base']), 'base-2'));
  expect(error?.code).toBe('template-missing');
  expect(error?.suggestions.join('\n')).toContain('zfs set bench:template=base-2 tank/_templates/base-2');
});

test('of two by one name one is renamed so that it can be used', async () => {
  const two = host(['tank/_templates/base', 'base'], ['other/_templates/base', 'base']);
  const error = await errorOf(() => requireTemplate(two, 'base'));
  expect(error?.code).toBe('template-ambiguous');
  expect(error?.suggestions).toEqual([
    'Rename one of them: zfs rename other/_templates/base other/_templates/base-2 && ' +
      'zfs set bench:template=base-2 mountpoint=/other/_templates/base-2 other/_templates/base-2',
  ]);
});
