import { describe, expect, test } from 'vitest';
import { changesFor, type NewValues } from '../../../src/clone/new-config.js';
import { editText } from '../../../src/config/edit.js';
import { checkConfig } from '../../../src/config/load.js';

const VALUES: NewValues = {
  name: 'try',
  pool: 'bench-pool',
  port: 3310,
  quotaBytes: undefined,
  key: undefined,
};

function cloned(text: string, values: Partial<NewValues> = {}): string {
  return editText(text, changesFor(text, { ...VALUES, ...values }));
}

describe('the bench.toml of a clone', () => {
  test('has another name and port, and every other byte of its source', () => {
    const text = `# ours
[bench]
name = "shop" # the shop
python = '3.12'

[mariadb]
port=3307
root_password = "s e c r e t"
[[apps]]
name = "shop"
`;
    expect(cloned(text)).toBe(
      text.replace('name = "shop" #', 'name = "try" #').replace('port=3307', 'port=3310'),
    );
  });

  test('has a port where its source has the default one', async () => {
    const text = cloned('[bench]\nname = "shop"\n');
    const { config } = await checkConfig(text, '/srv/benches/try/bench.toml');
    expect(config).toMatchObject({
      name: 'try',
      mariadb: {
        instance: 'try',
        port: 3310,
        dataDir: '/var/lib/mysql-try',
        socketPath: '/run/mysqld/mysqld-try.sock',
      },
      volume: { dataset: 'bench-pool/try' },
    });
  });

  test('has its own instance, directory, socket and dataset where its source names them', async () => {
    const text = cloned(`[bench]
name = "shop"
[mariadb]
instance = "old"
data_dir = "/data/old"
socket_path = "/run/old.sock"
[volume]
name = "old-shop"
`);
    const { config } = await checkConfig(text, '/srv/benches/try/bench.toml');
    expect(config?.mariadb).toEqual({
      instance: 'try',
      port: 3310,
      dataDir: '/var/lib/mysql-try',
      socketPath: '/run/mysqld/mysqld-try.sock',
    });
    expect(config?.volume.dataset).toBe('bench-pool/try');
  });

  test('leaves what is set to nothing, as other tools do', () => {
    const text = '[bench]\nname = "shop"\n[mariadb]\nport = 3307\nsocket_path = ""\n';
    expect(cloned(text)).toContain('socket_path = ""');
  });

  test('has the quota that was asked for, and the pool that it came with', () => {
    const text =
      '[bench]\nname = "shop"\n[volume]\npool = "old"\n[volume.dataset]\nquota = "60G"\nreservation = "15G"\n';
    const result = cloned(text, { quotaBytes: 5 * 1024 ** 3, pool: 'new' });
    expect(result).toContain('quota = "5G"');
    expect(result).toContain('reservation = "15G"');
    expect(result).toContain('pool = "new"');
  });
});
