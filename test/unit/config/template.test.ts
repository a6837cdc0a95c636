import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkConfig, loadConfig } from '../../../src/config/load.js';
import { OWN_KEYS } from '../../../src/config/own-keys.js';
import { newConfigText } from '../../../src/config/template.js';

const EXAMPLE = new URL('../../../bench.example.toml', import.meta.url).pathname;

const RECIPIENT = 'age1gxqz2pnmjh2v6rrkgj2g8y5u52j70cvhw8u7fzm5jlv0q54ccv5sqzwceg';

describe('bench.example.toml', () => {
  it('loads, and means the same as a file without any optional key', async () => {
    const minimal = await checkConfig('[bench]\nname = "shop"\n', EXAMPLE);
    expect(await loadConfig(EXAMPLE)).toEqual(minimal.config);
  });

  it('documents every key', async () => {
    const text = await readFile(EXAMPLE, 'utf8');
    for (const [table, keys] of Object.entries(OWN_KEYS)) {
      const section = text.split(/^(?=\[)/m).find((part) => part.startsWith(`[${table}]`));
      // A table of numbers is written on one line.
      const inline = new RegExp(`^(# )?${table.split('.').at(-1)} = \\{.*\\}`, 'm').exec(text)?.[0] ?? '';
      const tables = Object.keys(OWN_KEYS);
      for (const key of keys.filter((name) => !tables.includes(`${table}.${name}`))) {
        if (section === undefined) expect(inline).toContain(`${key} = `);
        else expect(section).toMatch(new RegExp(`^(# )?${key} = `, 'm'));
      }
    }
  });

  it('is valid with every key in use', async () => {
    // Two of them are there to choose from.
    const used = (await readFile(EXAMPLE, 'utf8')).replace(/^# (?!keep_days)(?=\w+ = )/gm, '');
    // Nobody has the secret key of an example.
    const whole = used.replace('"auto"  ', '"image" ').replace('age1...', RECIPIENT);
    const { config, findings } = await checkConfig(whole, EXAMPLE);
    expect(findings).toEqual([]);
    expect(config?.volume).toMatchObject({
      backing: 'image',
      quotaBytes: 60 * 1024 ** 3,
      device: '/dev/sdb',
    });
  });
});

describe('newConfigText', () => {
  it('is the example', async () => {
    expect(newConfigText({ name: 'shop' })).toBe(await readFile(EXAMPLE, 'utf8'));
  });

  it.each(['a', 'x'.repeat(40)])('gives a valid file for %s', async (name) => {
    const { config } = await checkConfig(newConfigText({ name, port: 3399 }), '/f');
    expect(config).toMatchObject({ name, mariadb: { port: 3399, instance: name } });
  });
});
