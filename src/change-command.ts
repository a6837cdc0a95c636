import { Flags } from '@oclif/core';
import { VolumeCommand } from './base-command.js';
import { requireVolumeHost } from './host/platform.js';
import { tellingSteps } from './output/step-reporter.js';
import { type ChangeJson, changeJson, changeText } from './output/volumes.js';
import type { Changed, ChangeOptions } from './volumes/volumes.js';

/** What every command that changes data volumes can be told. */
export const changeFlags = {
  'dry-run': Flags.boolean({
    summary: 'Print what would be done with its exact commands and change nothing',
  }),
};

/** What the commands share that change data volumes: steps are told as they are done, or only printed. */
export abstract class ChangeCommand extends VolumeCommand {
  /** @param done the sentence for the operator where something was changed */
  protected async change(
    flags: { 'dry-run': boolean },
    work: (options: ChangeOptions) => Promise<Changed>,
    done: (changed: Changed) => string,
  ): Promise<ChangeJson> {
    await requireVolumeHost(this.runner);
    const changed = await tellingSteps(this.jsonEnabled(), (onEvent) =>
      work({ dryRun: flags['dry-run'] === true, onEvent }),
    );
    this.log(changeText(changed, done(changed)));
    return changeJson(changed);
  }
}
