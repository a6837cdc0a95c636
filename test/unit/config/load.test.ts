import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { formatFindings } from '../../../src/config/findings.js';
import { checkConfig, loadConfig } from '../../../src/config/load.js';
import { BenchError, EXIT } from '../../../src/errors.js';

const FILE = '/srv/benches/shop/bench.toml';
const BENCH = '[bench]\nname = "shop"\n';

async function valid(text: string | Uint8Array): Promise<BenchConfig> {
  const { config, findings } = await checkConfig(text, FILE, 'linux');
  expect(formatFindings(findings)).toBe('');
  if (config === undefined) throw new Error('neither config nor findings');
  return config;
}

/** What an operator reads, without the path of the file. */
async function findingsOf(text: string | Uint8Array): Promise<string[]> {
  const { config, findings } = await checkConfig(text, FILE, 'linux');
  expect(config).toBeUndefined();
  return formatFindings(findings).replaceAll(`${FILE}:`, '').split('\n');
}

describe('defaults', () => {
  it("gives the bench's name to the instance unless that is taken", async () => {
    const [finding] = await findingsOf('[bench]\nname = "bootstrap"\n');
    expect(finding).toContain('mariadb.instance');
    expect((await valid('[bench]\nname = "bootstrap"\n[mariadb]\ninstance = "boot"\n')).name).toBe(
      'bootstrap',
    );
  });

  it('needs nothing but the name', async () => {
    expect(await valid(BENCH)).toEqual({
      file: FILE,
      name: 'shop',
      mariadb: {
        instance: 'shop',
        port: 3307,
        dataDir: '/var/lib/mysql-shop',
        socketPath: '/run/mysqld/mysqld-shop.sock',
      },
      volume: {
        pool: 'bench-pool',
        dataset: 'bench-pool/shop',
        mountpoint: '/bench-pool/shop',
        backing: 'auto',
        image: { path: '/var/lib/bench-zfs/bench-pool.img' },
      },
      snapshot: { lock: 'auto', lockTimeoutMs: 10_000 },
      verify: { sql: [] },
      maintenance: { units: [] },
      clone: { sql: [], run: [] },
      volumes: [],
    });
  });

  it('follows instance, pool and dataset name', async () => {
    const config = await valid(
      `${BENCH}[mariadb]\ninstance = "my-shop"\n[volume]\npool = "tank"\nname = "x"`,
    );
    expect(config.mariadb.dataDir).toBe('/var/lib/mysql-my-shop');
    expect(config.mariadb.socketPath).toBe('/run/mysqld/mysqld-my-shop.sock');
    expect(config.volume).toMatchObject({ dataset: 'tank/x', mountpoint: '/tank/x' });
    expect(config.volume.image.path).toBe('/var/lib/bench-zfs/tank.img');
  });

  it('takes a device alone for backing = "device", but not against an explicit backing', async () => {
    expect((await valid(`${BENCH}[volume]\ndevice = "/dev/sdb"`)).volume.backing).toBe('device');
    const auto = await valid(`${BENCH}[volume]\nbacking = "auto"\ndevice = "/dev/sdb"`);
    expect(auto.volume.backing).toBe('auto');
  });

  it('reads everything that is set', async () => {
    const config = await valid(`${BENCH}
[mariadb]
port = 3310
data_dir = "/data//mysql/"
socket_path = "/run/x.sock"
[volume]
backing = "image"
image = { size = "60G", path = "/images/a.img" }
dataset = { reservation = 1073741824, quota = "60g" }
[snapshot]
lock = "read-lock"
lock_timeout = "500ms"
[maintenance]
units = ["web.service", "worker@1.service"]
`);
    expect(config.mariadb).toMatchObject({ port: 3310, dataDir: '/data/mysql', socketPath: '/run/x.sock' });
    expect(config.volume).toMatchObject({
      backing: 'image',
      image: { path: '/images/a.img', sizeBytes: 60 * 1024 ** 3 },
      reservationBytes: 1024 ** 3,
      quotaBytes: 60 * 1024 ** 3,
    });
    expect(config.snapshot).toEqual({ lock: 'read-lock', lockTimeoutMs: 500 });
    expect(config.maintenance.units).toEqual(['web.service', 'worker@1.service']);
  });
});

describe('other tools', () => {
  it('loads a file with all of their tables and keys', async () => {
    const config = await valid(`[bench]
name = "main"
python = "3.14"
db_type = "mariadb"
http_port = 8000
default_branch = "version-16"

[[apps]]
name = "frappe"
repo = "https://example.org/frappe"

[mariadb]
host = "localhost"
port = 3306
root_password = ""
admin_user = "root"
version = "11.8"
existing = false
instance = ""
socket_path = ""
data_dir = ""

[redis]
cache_port = 13000
[[workers]]
queues = ["default", "long"]
[nginx]
[gunicorn]
[letsencrypt]
[admin]
[production]
enabled = true
[s3]
big = 9223372036854775807
[volume]
enabled = true
`);
    expect(config.mariadb).toMatchObject({ instance: 'main', port: 3306, dataDir: '/var/lib/mysql-main' });
  });

  it('explains on Linux why there is no off switch', async () => {
    const text = `${BENCH}[volume]\nenabled = false\n`;
    expect(await findingsOf(text)).toEqual([
      expect.stringMatching(/^4:1: volume\.enabled = false: .*no off switch/),
    ]);
    expect((await checkConfig(text, FILE, 'darwin')).config?.name).toBe('shop');
  });
});

describe('findings', () => {
  it('names all of them at once, each with line, column, key, value and what is allowed', async () => {
    const found = await findingsOf(`[bench]
nam = "x"
name = "1shop"

[mariadb]
  port = 70000
root_pasword = "geheim"

[volume]
pool = "raidz2"
backing = "disk"
quota = "6G"
device = "sdb"

[volume.image]
size = "60GB"
[volume.dataset]
reservation = "20G"
quota = "10G"

[snapshot]
lock_timeout = 10
lock = "x"
[maintenance]
units = ["a.service", "-x"]
`);
    expect(found).toEqual([
      '2:1: bench.nam: is not a key of [bench]; did you mean "name"?',
      expect.stringMatching(/^3:1: bench\.name = "1shop": must start with a letter/),
      '6:3: mariadb.port = 70000: must be a whole number from 1 to 65535',
      '7:1: mariadb.root_pasword: is not a key of [mariadb]; did you mean "root_password"?',
      expect.stringMatching(/^10:1: volume\.pool = "raidz2": is reserved by ZFS/),
      '11:1: volume.backing = "disk": must be "auto", "device" or "image"',
      '12:1: volume.quota: is not a key of [volume]; it belongs to [volume.dataset]',
      '13:1: volume.device = "sdb": must be an absolute path (starting with "/")',
      expect.stringMatching(/^16:1: volume\.image\.size = "60GB": must be a positive whole number/),
      '18:1: volume.dataset.reservation = "20G": must not be above the quota (10G)',
      expect.stringMatching(/^22:1: snapshot\.lock_timeout = 10: must be a text in quotes/),
      '23:1: snapshot.lock = "x": must be "auto", "backup-stage" or "read-lock"',
      expect.stringMatching(/^25:23: maintenance\.units\[1\] = "-x": must be the full name/),
    ]);
  });

  it.each([
    ['device without a disk', '[volume]\nbacking = "device"', /^3:1: volume\.device: is missing/],
    ['image without a size', '[volume]\nbacking = "image"', /^3:1: volume\.image\.size: is missing/],
    [
      'image size in an own table',
      '[volume]\nbacking="image"\n[volume.image]\npath="/x"',
      /^5:1: volume\.image\.size/,
    ],
    [
      'quota above the image',
      '[volume]\nbacking = "image"\nimage.size = "10G"\ndataset.quota = "11G"',
      /^6:1: volume\.dataset\.quota = "11G": must not be above the size of the image \(10G\)/,
    ],
    ['a table that is a value', '[x]\n[volume]\nimage = 5', /^5:1: volume\.image = 5: must be a table/],
    ['an array of tables', '[[volume]]', /^3:3: volume = \[a table\]: must be a table|^3:1: /],
    ['a fraction of a port', '[mariadb]\nport = 1.5', /^4:1: mariadb\.port = 1\.5/],
    [
      'a port beyond all integers',
      '[mariadb]\nport = 9223372036854775807',
      /^4:1: mariadb\.port = 9223372036854775807/,
    ],
    [
      'a size with an exponent',
      '[volume.dataset]\nquota = 1e10',
      /^4:1: volume\.dataset\.quota = 1e10: must be digits/,
    ],
    [
      'a size with decimals',
      '[volume]\nimage.size = 10737418240.0',
      /size = 10737418240\.0: must be digits alone/,
    ],
    [
      'a size with a sign',
      '[volume]\ndataset = { quota = +10737418240 }',
      /quota = \+10737418240: must be digits/,
    ],
    [
      'a size in groups',
      '[volume.dataset]\nreservation = 10_737_418_240',
      /= 10_737_418_240: must be digits/,
    ],
    [
      'a port with decimals',
      '[mariadb]\n"port" = 3307.0 # c',
      /^4:1: mariadb\.port = 3307\.0: must be digits/,
    ],
    ['a port with a base', '[mariadb]\nport\t=\t0xceb', /^4:1: mariadb\.port = 0xceb: must be digits/],
    ['a date', '[volume]\npool = 2025-01-01', /^4:1: volume\.pool = 2025-01-01/],
    ['a dot dot', '[mariadb]\ndata_dir = "/a/../etc"', /".." component/],
    ['an option', '[volume]\ndevice = "-f"', /absolute path/],
    ['a newline', '[volume]\ndevice = "/dev/sdb\\n"', /= "\/dev\/sdb\\n": must not hold a newline/],
    ['a size with a newline', '[volume.dataset]\nquota = "6G\\n"', /= "6G\\n": must be a positive/],
    ['a socket beyond the limit', `[mariadb]\nsocket_path = "/${'x'.repeat(107)}"`, /107 bytes/],
  ])('%s', async (_, text, message) => {
    expect(await findingsOf(BENCH.concat(text))).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['', /^ bench: is missing/],
    ['[mariadb]\n', /^ bench: is missing/],
    ['[bench]\n', /^1:1: bench\.name: is missing/],
    ['name = "x"', /^ bench: is missing/],
    ['[bench]\nname = "a"\nname = "b"', /^3:1: is not valid TOML/],
    ['[bench]\r\nname = ', /^2:8: is not valid TOML/],
    ['[bench\nname = "a"', /^1:\d+: is not valid TOML/],
    [new Uint8Array([0x5b, 0x61, 0x5d, 0x0a, 0x23, 0xff, 0x0a]), /^2: is not UTF-8/],
    ['\0', /^1:1: is not valid TOML/],
  ])('%j', async (text, message) => {
    expect(await findingsOf(text)).toEqual([expect.stringMatching(message)]);
  });

  it('never prints a secret', async () => {
    const text = '[bench]\nname = 1\n[mariadb]\nroot_password = "geheim"\nroot_paßword';
    expect((await findingsOf(text)).join()).not.toContain('geheim');
    const mistyped = `${BENCH}[mariadb]\nroot_passwort = "geheim"\n[volume]\ndatabase_password = "geheim"`;
    expect((await findingsOf(mistyped)).join()).not.toContain('geheim');
    expect(
      (await findingsOf('[bench]\nname = "a"\n[mariadb]\nroot_password = "geheim')).join(),
    ).not.toContain('geheim');
  });

  it('shows values escaped and cut', async () => {
    const [line] = await findingsOf(`[bench]\nname = "\\u001b[31m\\u202e${'x'.repeat(500)}"`);
    expect(line).toMatch(/^2:1: bench\.name = "\\u001b\[31m\\u202ex+…: must/);
    expect(line?.length).toBeLessThan(250);
  });

  it('shows at most twenty findings', async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `wrong${index} = 1`).join('\n');
    const found = await findingsOf(`${BENCH}[volume]\n${keys}`);
    expect(found).toHaveLength(21);
    expect(found[20]).toBe('… and 4980 more');
  });
});

describe('unusual texts', { timeout: 30_000 }, () => {
  it.each([
    ['a byte order mark', `\ufeff${BENCH}`],
    ['CRLF', BENCH.replaceAll('\n', '\r\n')],
    ['no final newline', BENCH.trimEnd()],
    ['inline tables', 'bench = { name = "shop" }'],
    ['dotted keys', 'bench.name = "shop"'],
    ['quoted keys', "[\"bench\"]\n'name' = 'shop'"],
  ])('%s', async (_, text) => {
    expect((await valid(text)).name).toBe('shop');
    expect((await valid(Buffer.from(text))).name).toBe('shop');
  });

  it('gives the right place behind a byte order mark and in inline tables', async () => {
    expect(await findingsOf('\ufeffbench = { name = "1" }')).toEqual([
      expect.stringMatching(/^1:11: bench\.name = "1"/),
    ]);
  });

  it('refuses ten megabytes of noise at once', async () => {
    const noise = '[[[[ = "\n'.repeat(1_200_000);
    const started = performance.now();
    expect(await findingsOf(noise)).toEqual([expect.stringMatching(/^ is \d+ bytes large/)]);
    expect(await findingsOf(noise.slice(0, 256 * 1024))).toEqual([
      expect.stringMatching(/^1:\d+: is not valid TOML/),
    ]);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('never throws and always answers, whatever the bytes are', async () => {
    const example = await readFile(new URL('../../../bench.example.toml', import.meta.url));
    const damage = fc.array(fc.tuple(fc.nat(example.length - 1), fc.integer({ min: 0, max: 255 })), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 400 }), damage), async (input) => {
        const bytes = Buffer.from(input instanceof Uint8Array ? input : example);
        if (!(input instanceof Uint8Array)) for (const [index, byte] of input) bytes[index] = byte;
        const { config, findings } = await checkConfig(bytes, FILE);
        expect(config === undefined).toBe(findings.length > 0);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach a terminal.
        expect(formatFindings(findings)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves the numbers of other tools as they are written', async () => {
    const config = await valid(
      `${BENCH}http_port = 8_000\n[redis]\nport = 13e3\nquota = +1\n[mariadb]\nport = 3310\n`,
    );
    expect(config.mariadb.port).toBe(3310);
  });

  it('survives deep nesting and hostile keys', async () => {
    expect((await findingsOf(`x = ${'['.repeat(100_000)}`))[0]).toMatch(/is not valid TOML/);
    expect((await valid(`${BENCH}[__proto__]\nname = 1\n[constructor]\n`)).name).toBe('shop');
    expect((await findingsOf(`${BENCH}__proto__ = { a = 1 }\n`))[0]).toMatch(
      /^3:1: bench\.__proto__: is not a key/,
    );
  });
});

describe('loadConfig', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-load-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('loads from disk and resolves the path', async () => {
    await writeFile(join(directory, 'bench.toml'), BENCH);
    await symlink('bench.toml', join(directory, 'link.toml'));
    expect(await loadConfig(join(directory, 'x/../bench.toml'))).toMatchObject({
      file: join(directory, 'bench.toml'),
    });
    expect(await loadConfig(join(directory, 'link.toml'))).toMatchObject({ name: 'shop' });
  });

  it('throws one error with every finding', async () => {
    const file = join(directory, 'wrong.toml');
    await writeFile(file, '[bench]\nname = ""\n[volume]\nx = 1\n');
    const error = await loadConfig(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'config-invalid', exitCode: EXIT.usage });
    expect((error as BenchError).message).toMatch(
      /has 2 problems:\n.*:2:1: bench\.name.*\n.*:4:1: volume\.x/,
    );
  });

  it.each([
    ['missing', 'does not exist'],
    ['directory', 'is a directory'],
    ['loop', 'leads nowhere'],
    ['fifo', 'not a regular file'],
    ['huge', 'bytes large'],
    ['wrong.toml/below', 'does not exist'],
  ])('%s: %s', async (name, message) => {
    if (name === 'directory') await mkdir(join(directory, name));
    if (name === 'loop') await symlink('loop', join(directory, name));
    if (name === 'fifo') execFileSync('mkfifo', [join(directory, name)]);
    if (name === 'huge') await writeFile(join(directory, name), Buffer.alloc(11 * 1024 * 1024, 'x'));
    const error = await loadConfig(join(directory, name)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BenchError);
    expect(error).toMatchObject({ code: 'config-unreadable', message: expect.stringContaining(message) });
  });

  it('says so where it may not be read', async () => {
    await writeFile(join(directory, 'secret'), BENCH);
    await chmod(join(directory, 'secret'), 0);
    // As root nothing is unreadable.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      await expect(loadConfig(join(directory, 'secret'))).rejects.toMatchObject({
        code: 'config-unreadable',
        message: expect.stringContaining('may not be read by you'),
      });
    } finally {
      if (root) process.seteuid?.(0);
    }
  });
});

describe('[verify]', () => {
  const read = (text: string) =>
    checkConfig(`[bench]\nname = "shop"\n${text}`, '/srv/benches/shop/bench.toml');

  it('has questions with the answers that are expected, as MariaDB prints them', async () => {
    const { config, findings } = await read(`[verify]
max_age = "7d"
sql = [{ query = "SELECT COUNT(*) > 0 FROM app.t", expect = true }, { query = "SELECT 1.5", expect = 1.5 }]`);
    expect(findings).toEqual([]);
    expect(config?.verify).toEqual({
      sql: [
        { query: 'SELECT COUNT(*) > 0 FROM app.t', expect: '1' },
        { query: 'SELECT 1.5', expect: '1.5' },
      ],
      maxAgeMs: 7 * 24 * 3_600_000,
    });
  });

  it.each([
    ['[verify]\nmax_age = "7"', 'must be a whole number with h, d or w'],
    ['[[verify.sql]]\nquery = "SELECT 1"', 'verify.sql[0].expect'],
    ['[[verify.sql]]\nquery = ""\nexpect = 1', 'must be a statement of SQL'],
    ['[[verify.sql]]\nquery = "SELECT 1"\nexpext = 1', 'did you mean "expect"'],
    ['[verify]\nsql = "SELECT 1"', 'must be a list of tables'],
  ])('refuses %j', async (text, said) => {
    expect(JSON.stringify((await read(text)).findings)).toContain(JSON.stringify(said).slice(1, -1));
  });
});
