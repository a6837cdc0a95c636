import type { Runner } from '../host/exec.js';

/** A place in the journal; what comes behind it belongs to what was begun after it was taken. */
export type LogMark = string;

/**
 * Marks the end of the journal, just before a server is started. A mark and not the unit's invocation: a server that
 * crashes during its recovery is started again by systemd as the next invocation, and the first one tells why.
 */
export async function markLog(runner: Runner): Promise<LogMark> {
  const { stdout } = await runner.run({
    argv: ['journalctl', '--quiet', '--no-pager', '--lines=0', '--show-cursor'],
    privileged: true,
  });
  const cursor = /^-- cursor: (\S+)$/m.exec(stdout)?.[1];
  // An empty journal has no end; everything in it will be newer.
  return cursor ?? '';
}

/**
 * What the server itself has written since the mark, one line per message. systemd's own lines are left out, and
 * those of Debian's start script, which runs in the same unit and speaks of the host's default server. It is told
 * apart by the name systemd gave the stream: the journal often has no `_COMM` for a process that died at once.
 */
export async function logSince(runner: Runner, unit: string, mark: LogMark): Promise<string> {
  // The server writes to a socket of the journal, which may still have some of it to read.
  await runner.run({ argv: ['journalctl', '--sync'], privileged: true });
  const { stdout } = await runner.run({
    argv: [
      'journalctl',
      '--quiet',
      '--no-pager',
      '--all',
      '--output=cat',
      ...(mark === '' ? [] : [`--after-cursor=${mark}`]),
      `_SYSTEMD_UNIT=${unit}`,
      'SYSLOG_IDENTIFIER=mariadbd',
      // The program's name before 10.5.
      'SYSLOG_IDENTIFIER=mysqld',
    ],
    privileged: true,
    // 1: no entries.
    okExitCodes: [0, 1],
  });
  return stdout;
}

/** Damage, or a recovery that failed, whatever the level of the line. */
const ALWAYS = [
  /\bcorrupt(?:ed|ion)?\b/i,
  /\bchecksum mismatch\b/i,
  /\bis marked as crashed\b/i,
  /\bAssertion failure\b/,
  /\bgot signal \d+\b/,
];

/** What means damage only in an error: the same words occur in the notes of a clean recovery. */
const IN_ERRORS = [
  /\] InnoDB: /,
  /'Aria'|\bAria (?:engine|recovery)\b|\baria_log/,
  /\brecovery\b/i,
  /\bcrashed\b/i,
  /\bIncorrect (?:information in|key file|file format)\b/i,
  /\bregistration as a STORAGE ENGINE failed\b/i,
  /\bdoesn't exist in engine\b/i,
  /\bPlugin '\w+' init function returned error\b/i,
];

/** Errors about files that hold nothing of value: the list of pages to warm the buffer pool with. */
const HARMLESS = /\bib_buffer_pool\b/;

/**
 * That a file could not be written for want of room: 28 of a pool that is full, 122 of a quota. As InnoDB has it by
 * number, others by the words of the C library. A hint at `a disk quota exceeded`, which InnoDB adds to any failed write,
 * is none, nor is 122 of an engine, which means something else there.
 */
const NO_ROOM = [
  /\b(?:operating system error(?: number)?|error number|failed with error|IO Error:|Errcode:) (?:28|122)\b/i,
  /\bNo space left on device\b/,
  /\bDisk quota exceeded\b/,
  /\bDisk (?:is|got) full\b/i,
  /\bThe table '.*' is full\b/,
];

/**
 * The lines of an error log, or of an error's message, that speak of a full disk. A server without room says of its files
 * what it says of damaged ones: where there are such lines, {@link corruptionIn} means nothing.
 */
export function noRoomIn(log: string): string[] {
  return log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => NO_ROOM.some((pattern) => pattern.test(line)));
}

/**
 * The lines of an error log that mean damaged data or a recovery that did not succeed. A clean crash recovery, which
 * every restored snapshot goes through, prints notes only. It finds what the server has noticed: a damaged page that
 * nobody has read yet is not in the log.
 */
export function corruptionIn(log: string): string[] {
  return log
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) =>
        !HARMLESS.test(line) &&
        (ALWAYS.some((pattern) => pattern.test(line)) ||
          (line.includes('[ERROR]') && IN_ERRORS.some((pattern) => pattern.test(line)))),
    );
}
