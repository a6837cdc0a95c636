/**
 * The account of a non-root operator, with only what snapshots need (SPEC section 4): RELOAD for the lock, PROCESS to
 * name who stands in its way. It has no password: the server believes the operating system (`unix_socket`).
 * Statements to run as root on the instance; running them again changes nothing.
 */
export function operatorAccountStatements(operator: string): string[] {
  // What Debian's adduser accepts; it also needs no quoting in SQL.
  if (!/^[a-z_][a-z0-9_.-]{0,31}$/i.test(operator)) throw new TypeError(`not a user name: ${operator}`);
  const account = `'${operator}'@'localhost'`;
  return [
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED VIA unix_socket`,
    `GRANT RELOAD, PROCESS ON *.* TO ${account}`,
  ];
}
