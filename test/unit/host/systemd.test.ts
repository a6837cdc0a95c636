import { expect, test } from 'vitest';
import { parseListening } from '../../../src/host/ports.js';
import { parseShow, unitStates } from '../../../src/host/systemd.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

test('the states of several units come from one process, in order', async () => {
  const units = ['mariadb@shop.service', 'mariadb.service', 'nope.service'];
  const runner = new ScriptedRunner([
    {
      argv: [
        'systemctl',
        'show',
        '--property=Id,LoadState,ActiveState,UnitFileState,FragmentPath,NeedDaemonReload',
        '--',
        ...units,
      ],
      stdout: fixture('systemd/show-units.txt'),
    },
  ]);
  expect(await unitStates(runner, units)).toEqual([
    { load: 'loaded', active: 'active', enabled: 'enabled', fragment: '', stale: false },
    { load: 'loaded', active: 'active', enabled: 'enabled', fragment: '', stale: false },
    { load: 'not-found', active: 'inactive', enabled: '', fragment: '', stale: false },
  ]);
});

test('no unit, no process', async () => {
  expect(await unitStates(new ScriptedRunner([]), [])).toEqual([]);
  expect(parseShow('Id=a\nLoadState=masked\nActiveState=failed\nUnitFileState=masked\n')).toEqual([
    { load: 'masked', active: 'failed', enabled: 'masked', fragment: '', stale: false },
  ]);
});

test('listening ports are told from connections', () => {
  expect(parseListening(fixture('mounts/proc-net-tcp.txt')).sort()).toEqual([22, 3306, 3307]);
});
