import { useApp, useInput } from 'ink';
import { useEffect, useState } from 'react';
import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { NOTHING_SEEN, type Seen, watchBench } from '../status/status.js';
import { dashboardRows } from './dashboard-rows.js';
import { Lines } from './lines.js';
import { showScreen } from './screen.js';

interface DashboardProps {
  config: BenchConfig;
  runner: Runner;
  output: NodeJS.WriteStream;
  /** Between two looks, in milliseconds; what `watchBench` has unless told. */
  pauseMs?: number;
  /** Told that a look has been drawn. */
  onLook?: () => void;
}

export function Dashboard({ config, runner, output, pauseMs, onLook }: DashboardProps) {
  const { exit } = useApp();
  const [seen, setSeen] = useState<Seen>(NOTHING_SEEN);
  const [startedAt] = useState(Date.now);
  const [, tick] = useState(0);
  useInput((input, key) => {
    if (input === 'q' || input === 'Q' || (key.ctrl && input === 'c')) exit();
  });
  useEffect(() => {
    const stop = new AbortController();
    const see = (found: Partial<Seen>) => {
      setSeen((before) => ({ ...before, ...found }));
      if (found.readAt !== undefined) onLook?.();
    };
    watchBench(config, runner, see, stop.signal, pauseMs).catch(exit);
    return () => stop.abort();
  }, [config, runner, exit, pauseMs, onLook]);
  useEffect(() => {
    // How long there is no answer is told by the second; and a terminal of another size is drawn on anew.
    const redraw = () => tick((count) => count + 1);
    const timer = setInterval(redraw, 1000);
    output.on('resize', redraw);
    return () => {
      clearInterval(timer);
      output.off('resize', redraw);
    };
  }, [output]);
  return <Lines rows={dashboardRows(config.name, seen, Date.now(), startedAt, output)} />;
}

/** Shows a bench until q or Ctrl-C. What it has started may still run then, or hang. */
export async function showDashboard(config: BenchConfig, runner: Runner): Promise<void> {
  const output = process.stdout;
  await showScreen(<Dashboard config={config} runner={runner} output={output} />, {
    output,
    alternate: true,
  });
}
