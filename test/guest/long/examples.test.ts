import { expect, test } from 'vitest';
import { quote } from '../../../guest/ssh.js';
import { readJson } from '../../contract.js';
import { allExamples } from '../../examples.js';
import { settingUpOffsite, startingMoto } from '../store.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '100G', serial: 'disk-a', format: 'ext4' }] });

const WWN = '/dev/disk/by-id/wwn-0x5000c500a1b2c3d4';

interface Typed {
  types: string;
  /** What the terminal shows when the keys are due. */
  waits: string;
  /** As printf(1) takes them. */
  keys: string;
}

/** A command that has a word typed before something is lost. */
const confirmed = (types: string, word: string): Typed => ({
  types,
  waits: `Type ${word} to go on: `,
  keys: `${word}\\r`,
});

/** Every example of the help, in an order in which an operator could type them; between them what they rely on. */
const STORY: readonly (string | { needs: string } | Typed)[] = [
  {
    // The disk and the units that examples speak of. By a rule of udev's: zpool waits for the link of the partition too.
    needs: `cat > /etc/udev/rules.d/99-example.rules <<'RULES'
KERNEL=="vdb", SYMLINK+="${WWN.slice('/dev/'.length)}"
KERNEL=="vdb[0-9]", SYMLINK+="${WWN.slice('/dev/'.length)}-part%n"
RULES
      udevadm control --reload; udevadm trigger --settle --action=change /dev/vdb; ls ${WWN}
      for unit in shop-web shop-worker; do
        printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > /etc/systemd/system/$unit.service
      done; systemctl daemon-reload; systemctl start shop-web shop-worker`,
  },
  'bench list',
  'bench new shop --port 3310',
  { needs: 'rm -r /srv/benches/shop' },
  { types: 'bench new --interactive', waits: 'Name ', keys: 'shop\\r\\r\\r\\r\\r\\ry' },
  { needs: 'rm -r /srv/benches/shop' },
  'bench new shop',
  'bench volume discover',
  'bench volume discover --json',
  'bench config set snapshot.lock_timeout 30s',
  'bench config set maintenance.units shop-web.service,shop-worker.service -b shop',
  'bench config get volume.dataset.quota',
  'bench config get volume -b shop --json',
  'bench config check',
  'bench config check ./bench.toml --json',
  'bench init -b shop --dry-run',
  confirmed(`bench init -b shop --wipe-device ${WWN}`, WWN),
  'bench init -b shop',
  'bench init -b shop --yes --json',
  'bench list --json',
  { needs: 'useradd -m alice; bench init -b shop --operator alice' },
  'bench sudoers -b shop',
  'bench sudoers -b shop --operator alice',
  'bench volume set --quota 80G -b shop',
  'bench volume set --quota 80G --reservation 20G -b shop',
  'bench volume status',
  { types: 'bench volume status -b shop --watch', waits: 'write ', keys: 'q' },
  'bench volume status -b shop --json',
  { needs: 'bench volume snapshot -b shop --tag 20250528-140000' },
  'bench volume snapshot --tag before-upgrade --note "before v15" -b shop',
  'bench volume snapshot',
  'bench volume list-snapshots',
  'bench volume list-snapshots -b shop --json',
  confirmed('bench volume restore-snapshot before-upgrade --keep -b shop', 'before-upgrade'),
  confirmed('bench volume undo-restore -b shop', 'shop'),
  { needs: 'bench volume restore-snapshot before-upgrade --keep -b shop --yes' },
  confirmed('bench volume undo-restore --discard -b shop', 'shop'),
  'bench volume restore-snapshot before-upgrade -b shop --yes',
  confirmed('bench volume restore-snapshot 20250528-140000 -b shop', '20250528-140000'),
  confirmed('bench volume destroy-snapshot 20250528-140000 -b shop', '20250528-140000'),
  { needs: 'for tag in monday tuesday; do bench volume snapshot -b shop --tag $tag; done' },
  'bench volume destroy-snapshot monday tuesday -b shop --yes',
  { needs: `${startingMoto}\n${settingUpOffsite('shop')}\nbench config set offsite.keep.last 1 -b shop` },
  'bench offsite push -b shop --dry-run',
  'bench offsite push -b shop',
  'bench offsite push -b shop --full',
  'bench offsite status -b shop',
  'bench offsite verify -b shop',
  'bench offsite verify -b shop --level boot --identity /root/identity.txt',
  {
    needs:
      'bench volume snapshot -b shop --tag 20250528-140000; bench offsite push -b shop --snapshot 20250528-140000',
  },
  'bench offsite list -b shop',
  'bench offsite restore -b shop --as shop4 --identity /root/identity.txt --dry-run',
  'bench offsite restore -b shop --as shop2 --identity /root/identity.txt',
  'bench offsite restore 20250528-140000 -b shop --as shop3 --identity /root/identity.txt',
  'bench offsite prune -b shop --dry-run',
  'bench offsite prune -b shop --yes',
];

const typed = STORY.flatMap((step) =>
  typeof step === 'string' ? [step] : 'types' in step ? [step.types] : [],
);

/** Where somebody types this: in the bench's directory, if there is one, unless the bench is named. */
const whereToType = (command: string) =>
  command.includes('-b shop') ? 'cd /' : 'cd /srv/benches/shop 2>/dev/null || cd /';

/** In a terminal of its own, where `keys` are typed once `waits` is there. */
async function inTerminal(command: string, waits: string, keys: string) {
  const script = `export TERM=xterm; ${whereToType(command)}; screen=$(mktemp)
    { until grep -qF -e ${quote(waits)} -e 'Script done' "$screen"; do sleep 0.2; done; printf ${quote(keys)}; } |
      script --quiet --return --flush --command ${quote(command)} "$screen"`;
  return guest().sh(script, { check: false, timeoutMs: 280_000 });
}

test('every example of every command has its place in the story', () => {
  const examples = allExamples().map(({ text }) => text);
  expect([...typed].sort()).toEqual(examples.sort());
});

for (const step of STORY) {
  if (typeof step === 'string') {
    test(step, async () => {
      const { stdout } = await guest().sh(`${whereToType(step)}; ${step}`, { timeoutMs: 280_000 });
      if (step.endsWith('--json')) readJson(step.split(' ').slice(1), 0, stdout);
    });
  } else if ('types' in step) {
    test(`${step.types}, which asks`, async () => {
      const { exitCode, stdout } = await inTerminal(step.types, step.waits, step.keys);
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining(step.waits) });
    });
  } else {
    test('(what the next ones rely on)', () => guest().sh(step.needs, { timeoutMs: 280_000 }));
  }
}

test('Ctrl-C at the question of a restore exits with 130, says so, and has changed nothing', async () => {
  await guest().sh('bench volume snapshot -b shop --tag friday; echo later > /srv/benches/shop/sites/later');
  const { exitCode, stdout } = await inTerminal(
    'bench volume restore-snapshot friday -b shop',
    ' to go on: ',
    '\\003',
  );
  expect({ exitCode, stdout }).toEqual({
    exitCode: 130,
    stdout: expect.stringContaining('Error: Interrupted at the prompt. Nothing was changed.'),
  });
  expect(await guest().read('/srv/benches/shop/sites/later')).toBe('later\n');
  expect((await guest().sh('systemctl is-active mariadb@shop')).stdout).toBe('active\n');
});
