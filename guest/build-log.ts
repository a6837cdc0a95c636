import { execa } from 'execa';
import { type Progress, withHeartbeat } from './progress.js';

/** Runs the steps of a build: all output to the log, the steps and a sign of life to the person who waits. */
export class BuildLog {
  constructor(
    private readonly progress: Progress,
    private readonly log: NodeJS.WritableStream,
  ) {}

  async run(title: string, argv: string[], env: Record<string, string> = {}): Promise<void> {
    const [command = '', ...args] = argv;
    let step = title;
    this.progress(step);
    this.log.write(`$ ${argv.join(' ')}\n`);
    const running = execa(command, args, { env: { ...env, LC_ALL: 'C.UTF-8' }, all: true, stdin: 'ignore' });
    running.all.pipe(this.log, { end: false });
    // The scripts announce their own steps in the middle of mmdebstrap's output.
    const announce = async () => {
      for await (const line of running.iterable({ from: 'all' })) {
        const announced = /^>>> (.*)/.exec(line)?.[1];
        if (!announced) continue;
        step = announced;
        this.progress(step);
      }
    };
    await withHeartbeat(this.progress, () => step, Promise.all([running, announce()]));
  }
}
