import { Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../base-command.js';
import { readHostRecord } from '../bench/bench.js';
import { UsageError } from '../errors.js';
import { requireLinux } from '../host/platform.js';
import { sudoersFragment, sudoersStyle, zfsPath } from '../host/sudoers.js';
import * as SnapshotOrchestrator from '../snapshot/snapshot-orchestrator.js';
import * as VolumeManager from '../volume-manager/volume-manager.js';

interface Sudoers {
  bench: string;
  operators: string[];
  fragment: string;
}

export default class SudoersCommand extends BaseCommand {
  static override summary = 'Print the lines of sudoers by which an operator can take snapshots of a bench';
  static override description =
    'Nothing is installed: put them into a file below /etc/sudoers.d, then run visudo -c. The operator also needs what init --operator makes: an account of MariaDB, and the lock. ' +
    'Restores, clones and guarded changes are not for operators: they stop services, unmount and rename datasets, and no lines allow just that.';
  static override examples = [
    '<%= config.bin %> sudoers -b shop',
    '<%= config.bin %> sudoers -b shop --operator alice',
  ];
  static override flags = {
    bench: benchFlag,
    operator: Flags.string({
      summary: 'For this user; default those that init has made operators of the bench',
      helpValue: 'NAME',
      multiple: true,
      default: [],
    }),
  };

  async run(): Promise<Sudoers> {
    const { flags } = await this.parse(SudoersCommand);
    requireLinux();
    const config = await this.openBench(flags.bench, true);
    const { name, volume } = config;
    const recorded = (await readHostRecord(name))?.operators ?? [];
    const operators = flags.operator.length > 0 ? flags.operator : recorded;
    if (operators.length === 0) {
      throw new UsageError('no-operator', `The bench ${name} has no operator.`, {
        suggestions: [`Make one first: sudo bench init -b ${name} --operator NAME`],
      });
    }
    for (const operator of operators) await VolumeManager.requireOperator(this.runner, operator);
    const fragment = sudoersFragment({
      bench: name,
      dataset: volume.dataset,
      volumes: (await SnapshotOrchestrator.readMembers(config, this.runner)).map(({ dataset }) => dataset),
      operators,
      zfs: await zfsPath(),
      style: await sudoersStyle(this.runner),
    });
    this.log(fragment.trimEnd());
    return { bench: name, operators, fragment };
  }
}
