import type { Guest } from '../../guest/guest.js';

export interface Ended {
  /** 128 and the number of the signal for what was killed. */
  exitCode: number;
  stdout: string;
}

/**
 * Runs a shell line with a script of ours in the place of a program, on PATH before the real one: so something
 * happens at just one moment of a run of bench, such as its end (`kill -9 $PPID`).
 */
export async function runBeside(guest: Guest, program: string, script: string, line: string): Promise<Ended> {
  const wrapper = `/root/beside/${program}`;
  await guest.sh(`rm -rf /root/beside; mkdir /root/beside; cat > ${wrapper}; chmod +x ${wrapper}`, {
    input: `#!/bin/sh\n${script}\n`,
  });
  // The status is printed: ssh has none for what a signal ended.
  const { stdout } = await guest.sh(`PATH=/root/beside:$PATH; code=0; ${line} || code=$?; echo; echo $code`, {
    timeoutMs: 280_000,
  });
  const [, output = '', code = ''] = /^(.*)\n(\d+)\n$/s.exec(stdout) ?? [];
  return { exitCode: Number(code), stdout: output };
}

export const KILL_BEFORE_CREATE =
  '[ "$1" = create ] && { kill -9 $PPID; exit 1; }; exec /usr/sbin/zpool "$@"';

export const KILL_AFTER_CREATE =
  '/usr/sbin/zpool "$@"; code=$?; [ "$1" = create ] && kill -9 $PPID; exit $code';

/** Kills bench when the program has done what this word of its arguments says. */
export const KILL_AFTER = (program: string, word: string): string =>
  `$(PATH=$(echo "$PATH" | cut -d: -f2-) command -v ${program}) "$@"; code=$?
  case " $* " in *" ${word} "*) kill -9 $PPID;; esac; exit $code`;
