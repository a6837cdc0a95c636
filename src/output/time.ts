/** `2025-05-28 14:00:00`, UTC as everywhere. */
export function localless(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
