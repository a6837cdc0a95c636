import { expect, test } from 'vitest';
import { hostFiles, layoutOf } from '../../../src/bench/bench.js';
import { checkConfig } from '../../../src/config/load.js';
import { withoutVolume, withVolume } from '../../../src/volumes/bench-facts.js';

/** A bench with two volumes that are there, between them one that init has yet to make. */
async function shop() {
  const wanted = ['one', 'tomorrow', 'two']
    .map((name) => `[[volumes]]\nname = "${name}"\npath = "sites/${name}"\nsize = "1G"\n`)
    .join('');
  const { config } = await checkConfig(`[bench]\nname = "shop"\n${wanted}`, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error('not valid');
  const record = { volumes: config.volumes.filter(({ name }) => name !== 'tomorrow') };
  return { config, record };
}

test('what init has yet to make is in no guard and no record of an attach', async () => {
  const { config, record } = await shop();
  const after = withVolume(config, record, { name: 'new', path: 'new', mode: 'rw' });
  expect(after.volumes.map(({ name }) => name)).toEqual(['one', 'two', 'new']);
  const files = hostFiles(after, layoutOf(after), undefined);
  expect(files.filter(({ content }) => content.includes('_volumes/two/'))).not.toEqual([]);
  expect(files.filter(({ content }) => content.includes('tomorrow'))).toEqual([]);
});

test('nor of a detach', async () => {
  const { config, record } = await shop();
  expect(withoutVolume(config, record, 'one').volumes.map(({ name }) => name)).toEqual(['two']);
  expect(withoutVolume(config, record, 'tomorrow').volumes.map(({ name }) => name)).toEqual(['one', 'two']);
});

test('attached by hand, one that bench.toml wants keeps its size and its place', async () => {
  const { config, record } = await shop();
  const after = withVolume(config, record, { name: 'tomorrow', path: 'sites/tomorrow', mode: 'ro' });
  expect(after.volumes.map(({ name }) => name)).toEqual(['one', 'tomorrow', 'two']);
  expect(after.volumes[1]).toMatchObject({ mode: 'ro', sizeBytes: 1024 ** 3 });
});
