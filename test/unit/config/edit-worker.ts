import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { editConfig } from '../../../src/config/edit.js';

/** `edit-worker.ts FILE KEY COUNT`: counts `counters.KEY` up; stops when somebody else's write undid one of ours. */
let isCounting = false;
const [file = '', key = '', count = '0'] = process.argv.slice(2);
for (let next = await current(); next < Number(count); next++) {
  await editConfig(file, [{ key: `counters.${key}`, value: next + 1 }]);
  const written = await current();
  if (written !== next + 1) throw new Error(`${key} is ${written} after ${next + 1} was written`);
  // Whoever kills it waits for this: what the first change takes to load depends on the machine.
  if (!isCounting) process.stdout.write('counting\n');
  isCounting = true;
}

async function current(): Promise<number> {
  const { counters } = parse(await readFile(file, 'utf8')) as { counters: Record<string, number> };
  return counters[key] ?? 0;
}
