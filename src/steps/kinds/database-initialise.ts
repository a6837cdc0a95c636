import { chown, mkdir, rm } from 'node:fs/promises';
import { type Part, publishPart, writeSentinel } from '../../bench/bench.js';
import { syncFilesystem } from '../../host/copy.js';
import type { Owner } from '../../host/users.js';
import { initialiseCommand } from '../../mariadb/mariadb.js';
import type { Kind } from '../kind.js';

export interface DatabaseInitialise {
  kind: 'database.initialise';
  part: Part;
  instance: string;
  owner: Owner;
  bench: string;
}

export const databaseInitialise: Kind<DatabaseInitialise> = {
  describe: ({ instance }) => `Initialise MariaDB's system tables for instance ${instance}`,
  commands: ({ part, instance }) => [
    initialiseCommand({ dataDir: part.staging, instance }),
    syncFilesystem(part.staging),
  ],
  apply: async ({ part, owner, bench }, { run }) => {
    const { staging } = part;
    // Left by an interrupted initialisation; system tables that are half made cannot be completed.
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { mode: 0o700 });
    await chown(staging, owner.uid, owner.gid);
    await run();
    await writeSentinel(staging, bench);
    await publishPart(part);
  },
};
