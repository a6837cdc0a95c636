import type { Command, Interfaces } from '@oclif/core';

/** What a build knows of the product it makes, so that no start has to read it again. */
export interface Product {
  /** The directory of package.json and of oclif's manifest. */
  root: string;
  /** Of package.json, what oclif needs to run a command. */
  pjson: Pick<Interfaces.PJSON, 'name' | 'version' | 'oclif'>;
  /** By ids such as `volume:status`; each is evaluated when it is asked for. */
  commands: Readonly<Record<string, () => Promise<{ default: Command.Class }>>>;
}
