const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Lets work that has something to take away end by itself when bench is told to stop; without this a signal ends bench
 * at once. What it has started may have got the same signal.
 * @param onSignal told each time
 * @returns what makes signals end bench again
 */
export function catchSignals(onSignal: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
