import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import type { Store } from '../../../src/offsite/store.js';

const MOCKED = ['host/paths.js', 'offsite/s3.js', 'offsite/credentials.js', 'offsite/manifest.js'].map(
  (at) => `../../../src/${at}`,
);

/**
 * Modules that are loaded after this keep what they record of the bench shop in a directory for the test, and have this
 * store for its copies, whose parts are small.
 */
export async function withoutHost(store: Store, partBytes = 400) {
  const root = await mkdtemp(join(tmpdir(), 'bench-offsite-'));
  await mkdir(join(root, 'shop'));
  // Test files share their modules: one that was loaded before would not see what is mocked here.
  vi.resetModules();
  const [paths = '', s3 = '', credentials = '', manifest = ''] = MOCKED;
  vi.doMock(paths, async (original) => ({
    ...(await original<typeof import('../../../src/host/paths.js')>()),
    stateDir: (name: string) => join(root, name),
  }));
  vi.doMock(s3, () => ({ openS3: () => store }));
  vi.doMock(credentials, () => ({ readCredentials: async () => ({}) }));
  vi.doMock(manifest, async (original) => ({
    ...(await original<typeof import('../../../src/offsite/manifest.js')>()),
    PART_BYTES: partBytes,
  }));
  return {
    end: async () => {
      for (const at of MOCKED) vi.doUnmock(at);
      vi.resetModules();
      await rm(root, { recursive: true });
    },
  };
}

export const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

/** The bench shop, with these lines more of [offsite]. */
export async function shop(...offsite: string[]): Promise<BenchConfig> {
  const lines = [
    'url = "s3://copies/hosts/one"',
    'credentials = "/etc/key"',
    `recipients = ["${RECIPIENT}"]`,
  ];
  const text = ['[bench]', 'name = "shop"', '[offsite]', ...lines, ...offsite, ''].join('\n');
  const { config, findings } = await checkConfig(text, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error(JSON.stringify(findings));
  return config;
}
