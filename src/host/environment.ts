/** The directory that holds all benches: `$BENCHES_ROOT`, default `/srv/benches`. */
export function benchesRoot(): string {
  return process.env.BENCHES_ROOT || '/srv/benches';
}
