/**
 * Changes one place in a library's source.
 * @throws Error where the library is not as it was when this was written
 */
export function replaceOnce(path: string, source: string, before: string, after: string): string {
  const [start, end, ...more] = source.split(before);
  if (end === undefined || more.length > 0)
    throw new Error(`${path} is not as it was: there is not one ${before}`);
  return `${start}${after}${end}`;
}
