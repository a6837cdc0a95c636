const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const;

/** Bytes for a message: `5G`, `11.9G`, `931.5G`; base 1024, rounded down so that a limit is never overstated. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Math.floor(value * 10) / 10}${UNITS[unit]}`;
}
