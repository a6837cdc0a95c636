import { Config, type Interfaces, run } from '@oclif/core';
import { setLogger } from '@oclif/core/logger';
import { rootHelp } from './output/root-help.js';
import type { Product } from './product.js';

/** All of oclif, with package.json and its manifest: help, and whatever names no command. */
export async function runOclif({ root }: Product, argv: string[]): Promise<void> {
  await run(argv, await Config.load({ root }));
}

/** `bench --help`. What it says of each stands in the manifest. */
export async function printHelp({ root }: Product): Promise<void> {
  const config = await Config.load({ root });
  const told = [
    ...config.topics.map(({ name, description }) => [name, description]),
    ...config.commands.map(({ id, summary }) => [id, summary]),
  ];
  process.stdout.write(`${rootHelp(Object.fromEntries(told))}\n`);
}

/** A command by its id, with no more of oclif than it uses: its parser, its way of printing and of ending. */
export async function runCommand(product: Product, id: string, argv: string[]): Promise<void> {
  const command = (await product.commands[id]?.())?.default;
  if (command === undefined) throw new Error(`there is no command ${id}`);
  command.id = id;
  if (process.env.DEBUG === undefined) setLogger({ logger: SILENT, root: product.root });
  await command.run(argv, new PlainConfig(product));
}

/**
 * What `Config.load()` finds out, as far as a command asks for it. Left out are hooks and plugins (bench has none), the
 * manifest, themes, directories for oclif's own files, and what only updates and help need.
 */
class PlainConfig extends Config {
  constructor({ root, pjson }: Product) {
    super({ root });
    this.root = root;
    this.pjson = pjson as Interfaces.PJSON;
    this.name = pjson.name;
    this.version = pjson.version;
    this.bin = pjson.oclif.bin ?? pjson.name;
    this.topicSeparator = ' ';
    this.userAgent = `${pjson.name}/${pjson.version}`;
  }

  override async runHook(): ReturnType<Config['runHook']> {
    return { successes: [], failures: [] };
  }
}

/** oclif's own is a library that is loaded for every command, and says nothing unless DEBUG is set. */
const SILENT: Interfaces.Logger = {
  child: () => SILENT,
  debug: () => {},
  error: () => {},
  info: () => {},
  trace: () => {},
  warn: () => {},
  namespace: 'oclif',
};
