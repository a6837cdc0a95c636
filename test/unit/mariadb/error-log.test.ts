import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/host/exec.js';
import { corruptionIn, logSince, markLog, noRoomIn } from '../../../src/mariadb/error-log.js';

// What MariaDB 11.8.6 wrote to the journal when it was started on a data directory that had just been damaged with
// dd, truncate or rm (the file's name says where); the clean one on a snapshot taken without any lock while it was
// being written to. Read with `journalctl --output=cat _SYSTEMD_UNIT=… SYSLOG_IDENTIFIER=mariadbd`, some with
// `--unit=…`.
const log = (name: string) => readFile(new URL(`./logs/${name}.txt`, import.meta.url), 'utf8');

describe('corruptionIn', () => {
  it('finds nothing in a clean crash recovery', async () => {
    const text = await log('clean-recovery');
    expect(text).toContain('Starting crash recovery');
    expect(text).toContain('Recovering after a crash using');
    expect(corruptionIn(text)).toEqual([]);
  });

  it.each([
    ['redo-header', 'InnoDB: Invalid log header checksum'],
    ['redo-missing', 'InnoDB: File ./ib_logfile0 was not found'],
    ['system-tablespace', 'InnoDB: The change buffer is corrupted'],
    ['undo', 'aborted with error Page read from tablespace is corrupted'],
    ['table-page', 'Table `lab`.`i` is corrupted'],
    ['table-short', "InnoDB: File './lab/i.ibd' is corrupted"],
    ['table-missing', 'InnoDB: Could not find a valid tablespace file for lab/i'],
    ['aria-control', "Plugin 'Aria' registration as a STORAGE ENGINE failed"],
    ['aria-log-missing', "aria_log.00000001' not found"],
    ['myisam-index', "Index for table './lab/m.MYI' is corrupt"],
    ['myisam-open', "Table './lab/m' is marked as crashed"],
    ['abort', 'got signal 6'],
    ['permission', "InnoDB: The data file './ibdata1' must be writable"],
  ])('finds the damage: %s', async (name, line) => {
    expect(corruptionIn(await log(name)).join('\n')).toContain(line);
  });

  it('leaves out errors that are none of the data', () => {
    expect(
      corruptionIn(
        [
          "2026-11-22  1:52:21 0 [ERROR] Couldn't load plugins from 'x.so'.",
          "2026-11-22  2:11:11 0 [ERROR] InnoDB: Cannot open '/d//ib_buffer_pool.incomplete' for writing: No such file",
          "2026-11-22  2:11:11 0 [ERROR] Can't start server: Bind on TCP/IP port: Address already in use",
          '',
        ].join('\n'),
      ),
    ).toEqual([]);
  });
});

describe('noRoomIn', () => {
  const none = 'Check also that the disk is not full or a disk quota exceeded.';

  it.each([
    `[ERROR] InnoDB: Write to file ./ibtmp1 failed at offset 0, 1048576 bytes should have been written, only 0 were written. Operating system error number 122. ${none}`,
    '[ERROR] InnoDB: Operating system error number 28 in a file operation.',
    "[ERROR] InnoDB: Error number 122 means 'Disk quota exceeded'",
    '[ERROR] InnoDB: preallocating 12582912 bytes for file ./ibtmp1 failed with error 122',
    '[FATAL] InnoDB: pwrite("ib_logfile0") returned -1, operating system error 28',
    '[ERROR] InnoDB: IO Error: 122 during write of 16384 bytes, for file ./app/orders.ibd(31), returned -1',
    "[ERROR] mariadbd: The table '(temporary)' is full",
    '[ERROR] InnoDB: Disk is full. Try to clean the disk to free space.',
    // As 11.8.9 has it on a dataset that is full to its quota.
    `[ERROR] mariadbd: Error writing file '/var/lib/mysql-shop/aria_log_control' (Errcode: 122 "Internal (unspecified) error in handler")`,
    `[Warning] mariadbd: Disk is full writing '/var/lib/mysql-shop/aria_log.00000001' (Errcode: 122 "Internal (unspecified) error in handler"). Waiting for someone to free space... (Expect up to 60 secs delay for server to continue after freeing disk space)`,
  ])('finds it: %s', (line) => {
    const text = `2026-11-22  2:11:11 0 ${line}`;
    expect(noRoomIn(`2026-11-22  2:11:11 0 [Note] InnoDB: Starting\n${text}\n`)).toEqual([text]);
  });

  it.each([
    `[ERROR] InnoDB: Write to file ./ibdata1 failed at offset 0, 16384 bytes should have been written, only 0 were written. Operating system error number 5. ${none}`,
    '[ERROR] InnoDB: Operating system error number 281 in a file operation.',
    '[ERROR] Got error 122 "Internal (unspecific) error in handler" when reading table',
  ])('does not find it: %s', (line) => {
    expect(noRoomIn(line)).toEqual([]);
  });

  it('nor in the log of any damage', async () => {
    for (const name of await readdir(new URL('./logs/', import.meta.url)))
      expect(noRoomIn(await log(name.replace(/\.txt$/, '')))).toEqual([]);
  });
});

describe('reading the journal', () => {
  const journal = (stdout: string) => {
    const asked: Command[] = [];
    return {
      asked,
      run: async (command: Command) => {
        asked.push(command);
        return { argv: command.argv, stdout, stderr: '', exitCode: 0, durationMs: 1 };
      },
    };
  };

  it('takes the cursor of its end', async () => {
    expect(await markLog(journal('-- cursor: s=9b47;i=562;b=4a25\n'))).toBe('s=9b47;i=562;b=4a25');
    expect(await markLog(journal(''))).toBe('');
  });

  it("reads the server's own lines behind it, after the journal has caught up", async () => {
    const runner = journal('a line\n');
    expect(await logSince(runner, 'mariadb@my\\x2dshop.service', 's=9b47')).toBe('a line\n');
    expect(runner.asked[0]?.argv).toEqual(['journalctl', '--sync']);
    expect(runner.asked[1]?.argv).toContain('--after-cursor=s=9b47');
    expect(runner.asked[1]?.argv).toContain('_SYSTEMD_UNIT=mariadb@my\\x2dshop.service');
    await logSince(runner, 'mariadb@shop.service', '');
    expect(runner.asked[3]?.argv.join(' ')).not.toContain('--after-cursor');
  });
});
