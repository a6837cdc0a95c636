import { Args } from '@oclif/core';
import { ChangeCommand, changeFlags } from '../../change-command.js';
import type { ChangeJson } from '../../output/volumes.js';
import { removeLeftovers } from '../../scratch/scratch.js';
import { type Changed, type ChangeOptions, repairVolumes } from '../../volumes/volumes.js';

export default class VolumeRepair extends ChangeCommand {
  static override summary = 'Bring to an end what was cut off: half-made volumes go, deletes are finished';
  static override description =
    'Only what bench itself had begun and nobody can have put anything into; also what killed exports, proofs and ' +
    'extracts have left. What is being made at the moment is left alone. What else is strange is told of and left.';
  static override examples = ['<%= config.bin %> volume repair', '<%= config.bin %> volume repair uploads'];
  static override args = { name: Args.string({ description: 'Name or id of one volume; default all' }) };
  static override flags = changeFlags;

  async run(): Promise<ChangeJson> {
    const { args, flags } = await this.parse(VolumeRepair);
    return this.change(
      flags,
      (options) => this.repair(args.name, options),
      ({ steps }) => `Repaired: ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}.`,
    );
  }

  private async repair(name: string | undefined, options: ChangeOptions): Promise<Changed> {
    const { pools, ...changed } = await repairVolumes(this.runner, name, options);
    if (name !== undefined || options.dryRun) return changed;
    for (const pool of pools)
      for (const { id, dataset } of await removeLeftovers(this.runner, pool))
        changed.notes.push(`Taken away, left by a proof or an extract that was killed: ${dataset ?? id}.`);
    return changed;
  }
}
