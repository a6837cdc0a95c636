import { dirname } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { newBench } from '../bench/bench.js';
import type { NewBench } from '../config/new-bench.js';
import { UsageError } from '../errors.js';
import { requireVolumeHost } from '../host/platform.js';
import { clonedText } from '../output/clone.js';
import { tellingSteps } from '../output/step-reporter.js';
import { canDraw } from '../output/terminal.js';
import * as Ui from '../ui/ui.js';

export default class New extends BaseCommand {
  static override summary = 'Make the directory of a new bench with a commented bench.toml';
  static override description =
    'Nothing else is made: look through the file, then run bench init. An existing bench.toml is never touched.';
  static override examples = [
    '<%= config.bin %> new shop',
    '<%= config.bin %> new shop --port 3310',
    '<%= config.bin %> new --interactive',
  ];
  static override args = {
    name: Args.string({ description: 'Name of the bench, a letter first, e.g. shop' }),
  };
  static override flags = {
    port: Flags.integer({
      summary: 'Port of its MariaDB instance; default the first free one from 3307',
      min: 1,
      max: 65535,
    }),
    interactive: Flags.boolean({
      char: 'i',
      summary: 'Ask for name, port, disk or image, and sizes, with what this host has',
      exclusive: ['template'],
    }),
    template: Flags.string({
      summary: 'Make it from this template, with everything in it: the same as bench clone --template',
      helpValue: 'NAME',
    }),
  };

  async run(): Promise<NewBench> {
    const { args, flags } = await this.parse(New);
    if (flags.template !== undefined)
      return this.fromTemplate(flags.template, requireName(args.name), flags.port);
    const made = flags.interactive
      ? await this.ask(args.name, flags.port)
      : await newBench(requireName(args.name), flags.port);
    this.log(`Wrote ${made.file}\nNext: look through it, then run: sudo bench init -b ${made.name}`);
    return made;
  }

  private async fromTemplate(template: string, name: string, port: number | undefined): Promise<NewBench> {
    const { cloneBench } = await import('../clone/clone.js');
    await requireVolumeHost(this.runner);
    const source = { kind: 'template', name: template } as const;
    const request = { source, name, port, protect: false, volumes: 'clone' as const, start: true };
    const confirm = async () => undefined;
    const cloned = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      cloneBench({ request, runner: this.runner, confirm, onEvent }),
    );
    this.log(clonedText(cloned));
    const { file, mariadb } = cloned.config;
    return { name, directory: dirname(file), file, port: mariadb.port };
  }

  private async ask(name: string | undefined, port: number | undefined): Promise<NewBench> {
    if (!canDraw(this.jsonEnabled(), process.stderr)) {
      throw new UsageError(
        'interactive-needs-terminal',
        '--interactive asks on a terminal: it goes neither with --json nor where input or errors are none.',
        { suggestions: ['Without questions: bench new NAME'] },
      );
    }
    return Ui.makeBench(this.runner, { name, port });
  }
}

function requireName(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new UsageError('wrong-usage', 'Which name is the new bench to have?', {
    suggestions: ['bench new NAME', 'Or be asked for everything: bench new --interactive'],
  });
}
