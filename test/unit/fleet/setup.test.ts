import { describe, expect, it } from 'vitest';
import { parseFleet, parseLimits } from '../../../src/config/host-config.js';
import { withFleetTable, withoutTable } from '../../../src/fleet/host-toml.js';
import { remoteLine, sshArgv } from '../../../src/fleet/ssh.js';
import { FLEET_TIMER, serviceText } from '../../../src/fleet/units.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import { planNoTimer, planTimer } from '../../../src/timers/timers.js';

const LIMITS = '# of this host\n[limits]\nmax_volumes = 5   # enough\n';
const WISH = {
  etcd: ['https://etcd1:2379'],
  ca: '/etc/bench/fleet/ca.pem',
  cert: '/etc/bench/fleet/web1.pem',
  key: '/etc/bench/fleet/web1.key',
  name: 'web1',
};

describe('[fleet] of host.toml', () => {
  it('is written beside what is there, and every other byte stays', async () => {
    const text = await withFleetTable(LIMITS, { ...WISH, labels: { role: 'prod', 'site.x': 'b' } });
    expect(text.startsWith(LIMITS)).toBe(true);
    expect(parseLimits(text, 'f')).toEqual({ maxVolumes: 5 });
    expect(parseFleet(text, 'f')).toMatchObject({
      ...WISH,
      address: 'web1',
      prefix: '/bench/',
      start: 'always',
      labels: { role: 'prod', 'site.x': 'b' },
    });
    expect(await withFleetTable(text, {})).toBe(text);
    const relabelled = await withFleetTable(text, { labels: { role: 'spare' } });
    expect(parseFleet(relabelled, 'f')?.labels).toEqual({ role: 'spare' });
    expect(withoutTable(text).trim()).toBe(LIMITS.trim());
  });

  it.each<[Record<string, unknown>, string]>([
    [{ etcd: [] }, 'fleet.etcd'],
    [{ etcd: ['http://etcd1:2379'] }, 'https://'],
    [{ etcd: ['https://u:p@etcd1:2379'] }, 'https://'],
    [{ ca: 'ca.pem' }, 'fleet.ca'],
    [{ name: 'a/b' }, 'fleet.name'],
    [{ name: '-x' }, 'fleet.name'],
    [{ prefix: 'bench' }, 'fleet.prefix'],
    [{ address: '-oProxyCommand=x' }, 'fleet.address'],
    [{ start: 'never' }, 'fleet.start'],
    [{ user: 'a b' }, 'fleet.user'],
  ])('is refused with %j', async (wrong, named) => {
    const text = await withFleetTable('', { ...WISH, ...wrong });
    expect(() => parseFleet(text, 'f')).toThrow(expect.objectContaining({ code: 'host-config-invalid' }));
    expect(() => parseFleet(text, 'f')).toThrow(named);
  });

  it('names a key that is missing, and one that is none', () => {
    expect(() => parseFleet('[fleet]\netcd = ["https://e:1"]\n', 'f')).toThrow(/fleet.ca/);
    expect(() => parseFleet('[fleet]\nzone = 1\n', 'f')).toThrow(/fleet.zone is not a key; allowed are etcd/);
  });
});

describe('the timer', () => {
  const paths = ['/etc/systemd/system/bench-fleet.service', '/etc/systemd/system/bench-fleet.timer'];
  const wanted = Object.fromEntries(paths.map((path) => [path, 'x']));

  it('is made, found, and taken away', () => {
    const kinds = planTimer(FLEET_TIMER, { wanted, files: {}, state: UNKNOWN_UNIT }).map(({ kind }) => kind);
    expect(kinds).toEqual(['file.write', 'file.write', 'unit.enable', 'systemd.reload', 'timer.start']);
    const state = { ...UNKNOWN_UNIT, enabled: 'enabled', active: 'active' };
    expect(planTimer(FLEET_TIMER, { wanted, files: wanted, state })).toEqual([]);
    expect(planNoTimer(FLEET_TIMER, { files: {}, state: UNKNOWN_UNIT })).toEqual([]);
    expect(planNoTimer(FLEET_TIMER, { files: wanted, state }).map(({ kind }) => kind)).toEqual([
      ...['unit.stop', 'unit.disable', 'file.remove', 'file.remove', 'systemd.reload'],
    ]);
  });

  it('has a service that is confined', () => {
    const text = serviceText('/usr/bin/bench', '/srv/benches');
    expect(text).toContain('ExecStart="/usr/bin/bench" fleet publish\n');
    expect(text).toContain('ProtectSystem=strict\n');
    expect(text).toContain('NoNewPrivileges=yes\n');
  });
});

describe('what another host is told', () => {
  it('is one word a word, whatever is in it', () => {
    const line = remoteLine(['bench', 'list', "it's", '$(id)', ';reboot']);
    expect(line.startsWith("exec sh -c '")).toBe(true);
    expect(line).not.toMatch(/^[^']*\$\(id\)/);
  });

  it('has no option in a name', () => {
    const argv = sshArgv('web1', '/run/x', 'line');
    expect(argv.slice(argv.indexOf('--'))).toEqual(['--', 'web1', 'line']);
    expect(argv).toContain('StrictHostKeyChecking=yes');
    expect(sshArgv('bob@web1', '/run/x', 'line')).not.toContain('-l');
  });
});
