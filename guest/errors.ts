/** What a person has to know about the guest or the machine it runs on; shown without a stack trace by the CLI. */
export class GuestError extends Error {
  override name = 'GuestError';
}

/** A command in the guest ended with a status other than zero. */
export class GuestCommandError extends GuestError {
  override name = 'GuestCommandError';

  constructor(
    readonly script: string,
    readonly result: { stdout: string; stderr: string; exitCode: number },
  ) {
    super(
      `exit status ${result.exitCode} in the guest from: ${script}\n` +
        `--- stdout\n${result.stdout}\n--- stderr\n${result.stderr}`,
    );
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
