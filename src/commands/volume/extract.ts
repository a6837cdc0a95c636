import { Args, Flags } from '@oclif/core';
import { benchFlag, VolumeCommand } from '../../base-command.js';
import type { ExtractResult } from '../../extract/extract.js';
import { requireVolumeHost } from '../../host/platform.js';
import { giveWay } from '../../host/priority.js';
import { extractPreviewText, extractText } from '../../output/extract.js';
import { confirmByTyping } from '../../output/prompt.js';
import { tellingSteps } from '../../output/step-reporter.js';

export default class VolumeExtract extends VolumeCommand {
  static override summary = 'Bring one thing out of a snapshot: files, a database, tables, or a site';
  static override description =
    'Files come straight out of the snapshot. A database comes through a MariaDB on a copy of it and a dump, with ' +
    'engines, indexes, views, triggers, routines and sequences, by default into the live instance under another name. ' +
    'The bench goes on working, and nothing is overwritten: what --in-place and --replace put something in the place of ' +
    'is kept beside it.';
  static override examples = [
    '<%= config.bin %> volume extract monday --file sites/shop.example/private --to /root/monday -b shop',
    '<%= config.bin %> volume extract monday --file sites/shop.example/site_config.json --in-place -b shop',
    '<%= config.bin %> volume extract monday --database app --table orders -b shop',
    '<%= config.bin %> volume extract monday --database app --dump /root/app.sql -b shop',
    '<%= config.bin %> volume extract monday --database app --table orders --replace -b shop',
    '<%= config.bin %> volume extract monday --site shop.example --to /root/shop.example -b shop',
  ];
  static override args = { tag: Args.string({ required: true, description: 'Tag of the snapshot' }) };
  static override flags = {
    bench: benchFlag,
    file: Flags.string({
      summary: "A file or directory below the bench's directory; may be given more than once",
      helpValue: 'PATH',
      multiple: true,
      default: [],
    }),
    to: Flags.string({
      summary: 'Directory that files come back to; made where it is missing',
      helpValue: 'DIR',
    }),
    'in-place': Flags.boolean({ summary: 'Put files in their place; what is there is kept beside it' }),
    database: Flags.string({ summary: 'A database', helpValue: 'NAME' }),
    table: Flags.string({
      summary: 'Only this table of it; may be given more than once',
      helpValue: 'NAME',
      multiple: true,
      default: [],
    }),
    site: Flags.string({
      summary: 'A site: its directory, and the database that it names',
      helpValue: 'NAME',
    }),
    as: Flags.string({
      summary: 'Load the database into the live instance by this name; default <database>__<tag>',
      helpValue: 'NAME',
    }),
    dump: Flags.string({ summary: 'Write the database to a new file instead', helpValue: 'FILE' }),
    replace: Flags.boolean({ summary: 'Put its tables in the place of the live ones, kept as T__before' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask' }),
  };

  async run(): Promise<ExtractResult> {
    const { args, flags } = await this.parse(VolumeExtract);
    const { extract, parseRequest, previewExtract } = await import('../../extract/extract.js');
    const request = parseRequest(
      args.tag,
      { ...flags, site: flags.site, database: flags.database, to: flags.to, dump: flags.dump, as: flags.as },
      process.cwd(),
    );
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    giveWay();
    const preview = await previewExtract(config, this.runner, request);
    this.logToStderr(extractPreviewText(preview));
    const takesAPlace = preview.places.some(({ aside }) => aside !== undefined);
    if ((takesAPlace || preview.database?.into.kind === 'replace') && !flags.yes)
      await confirmByTyping(args.tag, 'Putting something in its place', this.jsonEnabled());
    const result = await tellingSteps(this.jsonEnabled(), (onStep) =>
      extract(config, this.runner, request, onStep),
    );
    this.log(extractText(result));
    return result;
  }
}
