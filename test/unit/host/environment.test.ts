import { afterEach, expect, test, vi } from 'vitest';
import { benchesRoot } from '../../../src/host/environment.js';

afterEach(() => vi.unstubAllEnvs());

test('the root of the benches is a path that fstab and units can hold', () => {
  vi.stubEnv('BENCHES_ROOT', '');
  expect(benchesRoot()).toBe('/srv/benches');
  vi.stubEnv('BENCHES_ROOT', '/home/me/my benches');
  expect(benchesRoot()).toBe('/home/me/my benches');
  for (const wrong of ['benches', '/a/../b', '/a\nb']) {
    vi.stubEnv('BENCHES_ROOT', wrong);
    expect(benchesRoot).toThrow(/BENCHES_ROOT=/);
  }
});
