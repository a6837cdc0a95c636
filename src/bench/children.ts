import { RefusedError } from '../errors.js';
import { formatArgv, type Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';

/**
 * Before a dataset is destroyed: those below it would go with it, whoever has made them.
 * @throws RefusedError `dataset-has-children`
 */
export async function refuseChildren(runner: Runner, dataset: string): Promise<void> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'list', '-H', '-r', '-t', 'filesystem,volume', '-o', 'name', dataset],
  });
  const children = stdout.split('\n').filter((each) => each !== '' && each !== dataset);
  if (children.length === 0) return;
  throw new RefusedError(
    'dataset-has-children',
    `${dataset} has datasets below it, which bench has not made: ${children.map(onOneLine).join(', ')}. Nothing was changed.`,
    {
      suggestions: children.map(
        (child) => `Move it elsewhere: ${formatArgv(['zfs', 'rename', child, 'ELSEWHERE'])}`,
      ),
    },
  );
}
