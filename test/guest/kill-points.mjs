/** A point of a plan without what differs from run to run: a time in a name, a number drawn or counted up, how MariaDB was held still. */
export function normal(text) {
  return text
    .replace(/\d{8}-\d{6}|<now>|%3Cnow%3E/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d\.\d{3}Z/g, 'TIME')
    .replace(/\b[0-9a-f]{12}\b/g, 'ID')
    .replace(/bench:epoch=\d+/g, 'bench:epoch=N')
    .replace(/^ssh .*/s, (line) => line.replaceAll(/\d+/g, 'N'))
    .replace(/bench:server-id=\d+/g, 'bench:server-id=N')
    .replace(/bench:quiesce=[a-z-]+/g, 'bench:quiesce=HOW');
}
