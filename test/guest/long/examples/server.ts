import type { Chapter } from './story.js';

/** API and page. */
export const server: Chapter = {
  title: 'API and page',
  guests: { host: { image: 'bench' } },
  steps: [
    {
      example: 'bench admin serve --listen 127.0.0.1:8443',
      // It serves until it is stopped.
      typed: `bench admin serve --listen 127.0.0.1:8443 & server=$!
        until (: > /dev/tcp/127.0.0.1/8443) 2> /dev/null; do sleep 0.2; done; kill -INT $server; wait $server`,
    },
    'bench admin enable',
    'bench admin enable --listen 127.0.0.1:8443',
    'bench admin status',
    'bench admin login',
    'bench admin login --scope read',
    'bench admin login --address http://127.0.0.1:9443',
    'bench admin token create monitoring',
    'bench admin token create deploy --scope operate --expires 90d',
    'bench admin token list',
    'bench admin token revoke monitoring',
    {
      needs: `ip address add 192.0.2.10/32 dev lo
        openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=bench.example.org \\
          -out /etc/ssl/bench.pem -keyout /etc/ssl/private/bench.key 2> /dev/null`,
    },
    'bench admin enable --listen 192.0.2.10:8443 --host bench.example.org --tls-cert /etc/ssl/bench.pem --tls-key /etc/ssl/private/bench.key',
    'bench admin disable',
  ],
};
