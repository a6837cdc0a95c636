/**
 * Whether a screen can be drawn and keys be read: both ends are a terminal that can move its cursor, and standard output
 * is not JSON's.
 */
export function canDraw(json: boolean, output: NodeJS.WriteStream = process.stdout): boolean {
  return (
    !json && process.stdin.isTTY === true && output.isTTY === true && (process.env.TERM ?? 'dumb') !== 'dumb'
  );
}
