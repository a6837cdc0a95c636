// Makes, from what one real host tells, what 200 hosts of 200 benches and 1,000 volumes each tell: node stand-ins.mjs DIR HOSTS
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const [, , directory, hosts] = process.argv;
const real = JSON.parse(readFileSync(0, 'utf8'));
const [bench] = real.benches;
const root = real.volumes.find(({ role }) => role === 'root');
const data = real.volumes.find(({ role }) => role === 'data');
const WORDS = ['invoices', 'scans', 'media', 'private', 'backups', 'exports', 'search', 'mail'];
// Always the same numbers: a run can be repeated.
let seed = 1;
const random = (below) => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % below;
};
const hex = (digits) => Array.from({ length: digits }, () => random(16).toString(16)).join('');

mkdirSync(directory, { recursive: true });
for (let host = 1; host <= Number(hosts); host += 1) {
  const name = `h${String(host).padStart(3, '0')}`;
  const benches = [];
  const volumes = [];
  for (let number = 0; number < 200; number += 1) {
    const of = `site${host}-${number}`;
    benches.push({
      ...bench,
      name: of,
      dataset: `bench-pool/${of}`,
      usedBytes: random(2 ** 31),
      instance: of,
      port: 3307 + number,
    });
    volumes.push({
      ...root,
      id: hex(16),
      name: of,
      dataset: `bench-pool/${of}`,
      path: `/bench-pool/${of}`,
      usedBytes: random(2 ** 31),
      attachments: [{ ...root.attachments[0], bench: of }],
    });
  }
  for (let number = 0; number < 800; number += 1) {
    const of = benches[number % 200].name;
    const word = WORDS[random(WORDS.length)];
    const volume = `${word}-${host}-${number}`;
    volumes.push({
      ...data,
      ...{
        id: hex(12),
        name: volume,
        dataset: `bench-pool/_volumes/${volume}`,
        path: `/bench-pool/_volumes/${volume}/data`,
      },
      ...{
        usedBytes: random(2 ** 31),
        sizeBytes: 2 ** 30 * (1 + random(50)),
        description: `${word} of ${of}`,
      },
      labels: { tier: random(50) === 0 ? 'gold' : 'silver' },
      attachments: [{ ...data.attachments[0], bench: of, path: `sites/${word}` }],
    });
  }
  const told = {
    ...real,
    host: name,
    address: name,
    machine: hex(32),
    labels: { role: host % 4 === 0 ? 'spare' : 'prod' },
    benches,
    volumes,
  };
  writeFileSync(`${directory}/127.1.0.${host}.json`, JSON.stringify(told));
}
