/** What strace has written, with each call on one line: it cuts a call in two where another process ran meanwhile. */
export function wholeCalls(trace: string): string {
  const calls: string[] = [];
  const begun = new Map<string, number>();
  for (const line of trace.split('\n')) {
    const pid = line.split(' ', 1)[0] ?? '';
    const resumed = /<\.\.\. \S+ resumed>(.*)$/.exec(line);
    const at = begun.get(pid);
    if (resumed && at !== undefined) {
      calls[at] = `${calls[at]}${resumed[1]}`;
      begun.delete(pid);
      continue;
    }
    if (line.endsWith('<unfinished ...>')) begun.set(pid, calls.length);
    calls.push(line.replace(/ ?<unfinished \.\.\.>$/, ''));
  }
  return calls.join('\n');
}
