import { expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { type Command, CommandError, type Runner } from '../../../src/host/exec.js';
import { startDatabase } from '../../../src/snapshot/database.js';

const UNIT = 'mariadb@shop.service';
const config = {
  name: 'shop',
  mariadb: { socketPath: '/nowhere/mysqld.sock' },
  volume: { pool: 'bench-pool', dataset: 'bench-pool/shop' },
} as BenchConfig;

/** A host on which the server does not start, and leaves this in its log. */
class Host implements Runner {
  readonly stopped: string[] = [];

  constructor(private readonly log: string) {}

  async run({ argv }: Command) {
    const [program, verb] = argv;
    const stdout = program === 'journalctl' && argv.includes(`_SYSTEMD_UNIT=${UNIT}`) ? this.log : '';
    const result = { argv, stdout, stderr: '', exitCode: 0, durationMs: 0 };
    if (verb === 'stop') this.stopped.push(argv.at(-1) ?? '');
    if (verb === 'start') throw new CommandError({ ...result, exitCode: 1 }, 'failed with exit code 1');
    return result;
  }
}

const ERROR = '2026-11-22  2:11:11 0 [ERROR]';
const FULL = `${ERROR} InnoDB: Write to file ./ibtmp1 failed at offset 0, 1048576 bytes should have been written, only 0 were written. Operating system error number 122.`;
const ABORTED = `${ERROR} Plugin 'InnoDB' registration as a STORAGE ENGINE failed.`;
const DAMAGED = `${ERROR} InnoDB: Invalid log header checksum`;

test('a server without room is no damage: an older snapshot would not help, a larger quota does', async () => {
  const host = new Host([FULL, ABORTED].join('\n'));
  const error = await startDatabase(config, host, UNIT).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'no-space-to-start', exitCode: 1, stderr: FULL });
  const { suggestions } = error as { suggestions: string[] };
  expect(suggestions.join()).toContain('zfs set quota=SIZE bench-pool/shop');
  expect(suggestions.join()).not.toContain('older');
  expect(host.stopped).toEqual([UNIT]);
});

test('damage is', async () => {
  const host = new Host([DAMAGED, ABORTED].join('\n'));
  await expect(startDatabase(config, host, UNIT)).rejects.toMatchObject({
    code: 'database-corrupt',
    stderr: `${DAMAGED}\n${ABORTED}`,
  });
  expect(host.stopped).toEqual([UNIT]);
});

test('another failure stays what it is', async () => {
  const host = new Host('');
  await expect(startDatabase(config, host, UNIT)).rejects.toMatchObject({ code: 'command-failed' });
  expect(host.stopped).toEqual([]);
});
