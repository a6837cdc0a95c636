import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}/${path}`, 'utf8');

/** The codes of all errors that the sources in a directory throw; of these files only, where some are named. */
function codesIn(directory: string, files?: readonly string[]): string[] {
  const names = readdirSync(`${ROOT}/${directory}`).filter((name) => name.endsWith('.ts'));
  const sources = names.filter((name) => files?.includes(name.replace(/\.ts$/, '')) ?? true);
  const codes = sources.flatMap((name) =>
    [
      ...read(`${directory}/${name}`).matchAll(/new (?:Refused|Usage|Volume|Busy)Error\(\s*'([a-z-]+)'/g),
    ].flatMap(([, code]) => code ?? []),
  );
  return [...new Set(codes)].sort();
}

/** The codes that have a row in a table of that page, or head one. */
function documented(page: string): Set<string> {
  const places = read(page).matchAll(/^(?:\| ((?:`[a-z-]+`(?:, )?)+) +\||#.*\(((?:`[a-z-]+`(?:, )?)+))/gm);
  return new Set(
    [...places].flatMap(([, row, heading]) => (row ?? heading ?? '').replaceAll('`', '').split(', ')),
  );
}

describe('what the operator can do is written down', () => {
  it('for every reason against a disk', () => {
    const [, union = ''] = /export type ReasonCode =([^;]+);/.exec(read('src/disks/types.ts')) ?? [];
    const reasons = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code);
    expect(reasons.length).toBeGreaterThan(10);
    expect(reasons.filter((code) => !documented('docs/disks.md').has(code ?? ''))).toEqual([]);
  });

  it.each<[string, string[] | undefined, string]>([
    ['src/volume-manager', ['backing', 'sizing', 'desired-sizes', 'wipe', 'pool-directory'], 'docs/disks.md'],
    ['src/disks', undefined, 'docs/disks.md'],
    ['src/config', undefined, 'docs/config.md'],
    ['src/scratch', undefined, 'docs/verify.md'],
    ['src/keys', undefined, 'docs/encryption.md'],
    ['src/encryption', undefined, 'docs/encryption.md'],
    ['src', ['key-flags'], 'docs/encryption.md'],
    ['src/volume-manager', ['plan-key'], 'docs/encryption.md'],
    ['src/verify', undefined, 'docs/verify.md'],
    ['src/extract', undefined, 'docs/extract.md'],
    ['src/guard', undefined, 'docs/guard.md'],
    ['src/drop', undefined, 'docs/drop.md'],
    ['src/take-up', undefined, 'docs/drop.md'],
    ['src/bench', ['drop-note', 'take-up-note'], 'docs/drop.md'],
    ['src/schedule', undefined, 'docs/schedule.md'],
    ['src/replicate', undefined, 'docs/replication.md'],
    ['src/etcd', undefined, 'docs/fleet.md'],
    ['src/ownership', undefined, 'docs/fleet.md'],
    ['src/fleet', undefined, 'docs/fleet.md'],
    ['src/snapshot', ['pin'], 'docs/schedule.md'],
    ['src/check', undefined, 'docs/monitoring.md'],
    ['src/metrics', undefined, 'docs/monitoring.md'],
    ['src/volumes', undefined, 'docs/volumes.md'],
    ['src/registry', undefined, 'docs/volumes.md'],
    ['src/host', ['bench-path'], 'docs/volumes.md'],
    ['src/volume-manager', ['software', 'operators'], 'docs/host.md'],
    ['src/host', ['apt', 'exec', 'platform', 'sudoers', 'zfs-support'], 'docs/host.md'],
    ['src/commands', ['sudoers'], 'docs/host.md'],
    [
      'src/clone',
      [
        'begun',
        'create-template',
        'free-port',
        'lifetime',
        'look',
        'own',
        'prepare',
        'promote',
        'request',
        'reset',
        'source',
        'sweep',
        'template',
        'templates',
      ],
      'docs/clones.md',
    ],
    ['src/host', ['atomic-file', 'lock'], 'docs/config.md'],
  ])('for every refusal of %s', (directory, files, page) => {
    const codes = codesIn(directory, files);
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => !documented(page).has(code))).toEqual([]);
  });

  it('for every problem that status names', () => {
    const files = readdirSync(`${ROOT}/src/status`).filter((name) => name.endsWith('problems.ts'));
    const sources = files.map((name) => read(`src/status/${name}`)).join('');
    const calls = sources.matchAll(/(?:problem|add)\(\s*'([a-z-]+)'/g);
    const codes = [...calls].flatMap(([, code]) => code ?? []);
    expect(codes.length).toBeGreaterThan(35);
    expect(codes.filter((code) => !documented('docs/boot.md').has(code))).toEqual([]);
  });
});
