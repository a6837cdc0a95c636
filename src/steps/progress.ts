import { humanSize } from '../config/size.js';

/** How far a long command is, by what it prints itself. */
export interface Progress {
  /** From 0 to 100; undefined while the command does not know it itself. */
  percent: number | undefined;
  /** A few words for a person. */
  detail: string;
}

/** What a line of a command tells about its progress; undefined for most lines. */
export type ProgressReader = (line: string) => Progress | undefined;

/**
 * `rsync --info=progress2`, e.g. `  9,000,000  25%    8.13MB/s    0:00:01 (xfr#3, to-chk=9/13)`; the brackets come at the
 * end of each file. Until every file has been listed (`ir-chk`) the percentage is that of a part that grows, and so
 * means nothing.
 */
export function rsyncProgress(): ProgressReader {
  let isListed = false;
  return (line) => {
    const match = /^\s*([\d,]+)\s+(\d+)%\s+(\S+\/s)\s+[\d:]+\s*(?:\(xfr#\d+, (ir|to)-chk=)?/.exec(line);
    if (match === null) return undefined;
    const [, copied = '', percent, rate, check] = match;
    if (check !== undefined) isListed = check === 'to';
    // Digits are grouped by commas.
    const detail = `${humanSize(Number(copied.replaceAll(',', '')))} copied, ${rate}`;
    return { percent: isListed ? Number(percent) : undefined, detail };
  };
}

/**
 * The lines of `apt-get install`. What it will do is told first (`0 upgraded, 57 newly installed, …`); each package is
 * then fetched, unpacked and set up, and the last two are counted.
 */
export function aptProgress(): ProgressReader {
  let packages = 0;
  let done = 0;
  return (line) => {
    const plan = /^(\d+) upgraded, (\d+) newly installed/.exec(line);
    if (plan !== null) packages = Number(plan[1]) + Number(plan[2]);
    const work = /^(Unpacking|Setting up) (\S+)/.exec(line);
    const fetched = /^Get:\d+ .* (\S+) \S+ \S+ \[/.exec(line)?.[1];
    if (fetched !== undefined) return { percent: undefined, detail: `fetching ${fetched}` };
    if (work === null) return undefined;
    done += 1;
    const percent = packages === 0 ? undefined : Math.min(100, Math.floor((done / (2 * packages)) * 100));
    return { percent, detail: `${work[1] === 'Unpacking' ? 'unpacking' : 'setting up'} ${work[2]}` };
  };
}
