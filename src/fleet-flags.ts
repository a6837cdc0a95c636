import { Flags } from '@oclif/core';

/** Which hosts of the fleet, the same in every command. */
export const limitFlag = Flags.string({
  char: 'l',
  summary:
    'Which hosts: names, patterns or KEY=VALUE with commas between; & before one narrows, ! takes away',
  helpValue: 'SELECTOR',
});

/** The same of what is listed by hosts: `--host web1` is what is typed for one. */
export const ofHostsFlag = { ...limitFlag, aliases: ['host'] };
