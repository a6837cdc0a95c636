import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { editConfig } from '../../../src/config/edit.js';

/** `edit-worker.ts FILE KEY COUNT`: counts `counters.KEY` up; stops when somebody else's write undid one of ours. */
const [file = '', key = '', count = '0'] = process.argv.slice(2);
process.stdout.write('counting\n');
for (let next = await current(); next < Number(count); next++) {
  await editConfig(file, [{ key: `counters.${key}`, value: next + 1 }]);
  const written = await current();
  if (written !== next + 1) throw new Error(`${key} is ${written} after ${next + 1} was written`);
}

async function current(): Promise<number> {
  const { counters } = parse(await readFile(file, 'utf8')) as { counters: Record<string, number> };
  return counters[key] ?? 0;
}
