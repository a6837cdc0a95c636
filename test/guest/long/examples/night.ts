import { type Chapter, confirmed } from './story.js';

const SITE = '/srv/benches/shop/sites/shop.example';

/** What a bench does by itself, what is looked at and proven, one thing out of a snapshot, a guarded change. */
export const night: Chapter = {
  title: 'what an operator sleeps by',
  guests: { host: { image: 'bench' } },
  steps: [
    {
      needs: `for key in 'schedule.snapshot hourly' 'schedule.keep.last 1' 'schedule.prune false'; do
        bench config set $key -b shop; done; bench init -b shop --yes`,
    },
    'bench schedule run -b shop',
    'bench schedule status',
    'bench schedule status -b shop --json',
    { needs: 'bench schedule run -b shop; bench volume snapshot -b shop --tag 20250528-140000' },
    'bench volume prune -b shop --dry-run',
    'bench volume prune -b shop --yes',
    'bench volume pin 20250528-140000 -b shop',
    'bench volume unpin 20250528-140000 -b shop',
    'bench check -b shop',
    'bench check space -b shop --warning 85 --critical 95',
    'bench check snapshots --warning-age 90m --critical-age 6h',
    'bench metrics',
    { needs: 'mkdir -p /var/lib/prometheus/node-exporter' },
    'bench metrics --textfile /var/lib/prometheus/node-exporter',
    { needs: 'bench volume snapshot -b shop --tag before-upgrade' },
    'bench volume verify -b shop',
    'bench volume verify before-upgrade --extended -b shop',
    'bench volume verify --all --quick -b shop --json',
    {
      needs: `mkdir -p ${SITE}/private; echo invoice > ${SITE}/private/invoice
        echo '{ "db_name": "app" }' > ${SITE}/site_config.json; bench volume snapshot -b shop --tag monday`,
    },
    'bench volume extract monday --file sites/shop.example/private --to /root/monday -b shop',
    confirmed(
      'bench volume extract monday --file sites/shop.example/site_config.json --in-place -b shop',
      'monday',
    ),
    'bench volume extract monday --database app --table orders -b shop',
    'bench volume extract monday --database app --dump /root/app.sql -b shop',
    confirmed('bench volume extract monday --database app --table orders --replace -b shop', 'monday'),
    { needs: "mariadb --socket=/run/mysqld/mysqld-shop.sock -e 'DROP DATABASE app__monday'" },
    'bench volume extract monday --site shop.example --to /root/shop.example -b shop',
    {
      // The programs that examples speak of: Frappe's own bench of the user frappe, a site that answers, an app in git.
      needs: `apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -qq -y curl git > /dev/null
        useradd -m frappe; install -D /dev/stdin /home/frappe/.local/bin/bench <<'FRAPPE'
#!/bin/sh
echo "$(id -un): $*" > /tmp/migrated
FRAPPE
        echo 'Defaults>frappe secure_path="/home/frappe/.local/bin:/usr/bin:/bin"' > /etc/sudoers.d/frappe
        systemd-run --quiet --unit=site node -e \\
          "require('http').createServer((q, r) => r.end('pong')).listen(8000, '127.0.0.1')"
        cd /srv/benches/shop; printf '#!/bin/sh\\necho v15 > sites/version\\n' > upgrade.sh; chmod +x upgrade.sh
        git init -q /root/erpnext; cd /root/erpnext
        git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one
        git clone -q /root/erpnext /srv/benches/shop/apps/erpnext`,
    },
    'bench guard -b shop -- sudo -u frappe bench migrate',
    { needs: "grep -x 'frappe: migrate' /tmp/migrated" },
    'bench guard -b shop --check "curl -fsS http://127.0.0.1:8000/api/method/ping" -- ./upgrade.sh',
    'bench guard -b shop --undo ask --check-timeout 2m -- sh -c "cd apps/erpnext && git pull"',
    {
      needs: `(bench guard -b shop -- sh -c 'echo half > sites/version; exec sleep 100' > /dev/null 2>&1 < /dev/null &)
        until pgrep -f '^sleep 100' > /dev/null; do sleep 0.2; done
        kill -9 $(sed -n 's/.*"pid": \\([0-9]*\\).*/\\1/p' /var/lib/bench/shop/guard.json)
        pkill -f '^sleep 100'; until ! pgrep -f '^sleep 100' > /dev/null; do sleep 0.2; done`,
    },
    // What was cut off is taken for failed.
    { example: 'bench guard --resume -b shop', exits: 10 },
    {
      needs: `grep -x v15 /srv/benches/shop/sites/version; bench volume undo-restore --discard -b shop --yes
        code=0; bench guard -b shop --undo never -- sh -c 'echo half > sites/version; exit 1' || code=$?; [ $code = 11 ]`,
    },
    { example: 'bench guard --undo=now -b shop', exits: 10 },
    {
      needs: `grep -x v15 /srv/benches/shop/sites/version; bench volume undo-restore --discard -b shop --yes
        code=0; bench guard -b shop --undo never -- sh -c 'echo half > sites/version; exit 1' || code=$?; [ $code = 11 ]`,
    },
    'bench guard --accept -b shop',
    { needs: 'grep -x half /srv/benches/shop/sites/version' },
  ],
};
