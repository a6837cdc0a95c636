import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SITE_CONFIG } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { readFileCarefully } from '../host/atomic-file.js';
import { readText } from '../host/files.js';
import { instanceConfigPath } from '../mariadb/mariadb.js';

const OPTION_DIRECTORIES = ['/etc/mysql', '/etc/mysql/conf.d', '/etc/mysql/mariadb.conf.d'];

/** What of the source's settings the clone does not get, or should not have; one sentence each, for the operator. */
export async function settingNotes({ mariadb, file, name }: BenchConfig, clone: string): Promise<string[]> {
  const elsewhere = await optionFilesFor(mariadb.instance);
  const keys = await keysOfDatabase(join(file, '..'), mariadb);
  return [
    ...elsewhere.map(
      (path) =>
        `${path} has settings for the instance ${mariadb.instance} only: those that its data need, ` +
        `${clone} needs, too, in a section [mariadbd.${clone}].`,
    ),
    ...(keys.length === 0
      ? []
      : [
          `${SITE_CONFIG} names the database of ${name} (${keys.join(', ')}): what is started in ${clone} would use that one.`,
        ]),
  ];
}

/** Files of somebody's own with a section of this instance; an option file that cannot be read is passed over. */
async function optionFilesFor(instance: string): Promise<string[]> {
  const found: string[] = [];
  for (const directory of OPTION_DIRECTORIES) {
    for (const name of (await readdir(directory).catch(() => [])).sort()) {
      const path = join(directory, name);
      if (!name.endsWith('.cnf') || path === instanceConfigPath(instance)) continue;
      const text = await readText(path).catch(() => undefined);
      const sections = (text ?? '').split('\n').map((line) => line.trim());
      if (sections.some((line) => line.startsWith('[') && line.endsWith(`.${instance}]`))) found.push(path);
    }
  }
  return found;
}

/** Those keys of the sites' common settings whose value is the port or the socket of this instance. */
async function keysOfDatabase(
  directory: string,
  { port, socketPath }: BenchConfig['mariadb'],
): Promise<string[]> {
  try {
    const content = await readFileCarefully(join(directory, SITE_CONFIG));
    const values = JSON.parse(content?.toString('utf8') ?? '{}') as Record<string, unknown>;
    return Object.keys(values).filter((key) =>
      [port, String(port), socketPath].includes(values[key] as string),
    );
  } catch {
    // Not there, or no JSON: then it says nothing.
    return [];
  }
}
