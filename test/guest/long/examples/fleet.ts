import type { Guest } from '../../../../guest/guest.js';
import { letIn, startEtcd } from '../../fleet-support.js';
import { makePool } from '../../replicate-support.js';
import { agreed, type Chapter, confirmed } from './story.js';

/** Of a host that was there once: its row is in etcd, and nobody tells anything of it any more. */
const GONE = `systemctl stop bench-fleet.timer; rm /etc/bench/host.toml`;

async function prepare({ web1, web2 }: Readonly<Record<string, Guest>>): Promise<void> {
  if (web1 === undefined || web2 === undefined) throw new Error('two guests are needed');
  await Promise.all([startEtcd(web2, { web1, web2 }), makePool(web2)]);
  await letIn(web2, 'web2', ['--name', 'web3', '--label', 'role=old']);
  await web2.sh(GONE);
  await letIn(web2, 'web2', ['--label', 'role=prod']);
  await web1.sh(
    'bench volume create files 1G --label tier=gold; bench volume create spare 1G --label tier=silver',
  );
}

/** Many hosts as one. */
export const fleet: Chapter = {
  title: 'a fleet',
  guests: { web1: { image: 'bench' }, web2: { image: 'product', disks: [{ size: '20G' }] } },
  prepare,
  steps: [
    {
      example:
        'bench fleet setup --etcd https://etcd1:2379 --ca /etc/bench/fleet/ca.pem --cert /etc/bench/fleet/host.pem --key /etc/bench/fleet/host.key --dry-run',
      typed:
        'bench fleet setup --etcd https://etcd1:2379 --ca /etc/bench/fleet/ca.pem --cert /etc/bench/fleet/web1.pem --key /etc/bench/fleet/web1.key --user bench --password-file /etc/bench/fleet/password --dry-run',
    },
    {
      needs:
        'bench fleet setup --etcd https://etcd1:2379 --ca /etc/bench/fleet/ca.pem --cert /etc/bench/fleet/web1.pem --key /etc/bench/fleet/web1.key --user bench --password-file /etc/bench/fleet/password --yes',
    },
    agreed('bench fleet setup --label role=prod --label site=berlin'),
    'bench fleet publish',
    'bench inventory',
    'bench inventory --json',
    'bench fleet hosts',
    'bench fleet forget web3 --dry-run',
    'bench fleet forget web3',
    'bench fleet hosts --limit "web*,&role=prod" --json',
    'bench fleet benches',
    'bench fleet benches "shop*" --limit role=prod',
    'bench fleet volumes --search tier=gold',
    'bench fleet volumes --limit "web*" --status available --json',
    'bench fleet inventory --list',
    'bench fleet inventory --host web1',
    'bench fleet exec -- bench list',
    // The other host has no bench of that name.
    {
      example: 'bench fleet exec --limit role=prod --parallel 8 --max-fail 1 -- bench volume status -b shop',
      exits: 1,
    },
    // It is UNKNOWN there.
    { example: 'bench fleet exec --host web1 --host web2 --stream -- bench check', exits: 1 },
    'bench fleet rebuild',
    'bench fleet rebuild web1 web2',
    {
      needs:
        'bench replicate setup web2 -b shop --as web1 --yes && bench replicate run -b shop && bench fleet publish',
    },
    { needs: 'bench fleet publish', on: 'web2' },
    confirmed('bench fleet move shop --to web2', 'shop'),
    { needs: 'bench replicate run -b shop; systemctl stop mariadb@shop; bench fleet publish', on: 'web2' },
    { needs: 'bench fleet publish' },
    'bench fleet promote shop --dry-run',
    { needs: 'bench fleet promote shop --yes' },
    {
      needs: 'bench replicate reverse -b shop --yes; bench fleet publish',
      on: 'web2',
    },
    { needs: 'bench replicate run -b shop; systemctl stop mariadb@shop; bench fleet publish' },
    confirmed('bench fleet promote shop --on web2', 'shop'),
    'bench fleet leave --dry-run',
    'bench fleet leave',
  ],
};
