import { expect, test } from 'vitest';
import { quote } from '../../../guest/ssh.js';
import { KEEP_DOCUMENTATION, useGuest } from '../support.js';

/** Debian's own tools on the package, which have to be fetched: the guest needs its mirror. */
const guest = useGuest({ image: 'product' });

test('the tools can be installed', async () => {
  await guest().sh(
    'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends lintian man-db zsh fish',
    { timeoutMs: 590_000 },
  );
  await guest().sh(`${KEEP_DOCUMENTATION}; dpkg -i /root/bench.deb; bench new shop; bench new office`);
});

test('lintian finds no error and no warning', async () => {
  const { stdout, exitCode } = await guest().sh(
    'lintian --allow-root --fail-on error,warning /root/bench.deb',
    { check: false, timeoutMs: 280_000 },
  );
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
});

test('man finds bench(1), and groff has nothing to say about it', async () => {
  expect((await guest().sh('man -w bench')).stdout).toBe('/usr/share/man/man1/bench.1.gz\n');
  const { stdout, stderr } = await guest().sh('MANROFFOPT=-ww MANPAGER=cat man --warnings bench', {
    timeoutMs: 60_000,
  });
  expect(stdout).toContain('bench volume restore-snapshot');
  expect(stderr).toBe('');
});

test.each<[string, string[]]>([
  ['bench vol', ['volume']],
  ['bench volume list', ['list', 'list-snapshots']],
  // With less fish offers what has the letters anywhere.
  ['bench init --dry', ['--dry-run']],
  ['bench volume status -b ', ['office', 'shop']],
])('fish completes %j', async (line, offered) => {
  const { stdout } = await guest().run(['fish', '-c', `complete -C ${quote(line)}`]);
  const words = stdout
    .trim()
    .split('\n')
    .map((row) => row.split('\t')[0]);
  expect(words).toEqual(offered);
});

test.each<[string, string]>([
  ['bench vol', 'bench volume '],
  ['bench volume list-', 'bench volume list-snapshots '],
  ['bench init --d', 'bench init --dry-run '],
  ['bench volume status -b sh', 'bench volume status -b shop '],
])('zsh completes %j', async (line, completed) => {
  const script = `zmodload zsh/zpty
    zpty shell 'zsh -f -i'
    zpty -w shell 'PS1= RPS1=; autoload -Uz compinit; compinit -u -D
      show() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N show; bindkey "^T" show; print READY-$((1 + 1))'
    zpty -r -m shell out '*READY-2*'
    zpty -w -n shell ${quote(line)}$'\\t\\C-t'
    zpty -r -m shell out '*<<*>>*'
    print -r -- $out`;
  const { stdout } = await guest().run(['timeout', '60', 'zsh', '-c', script]);
  expect(stdout).toContain(`<<${completed}>>`);
});
