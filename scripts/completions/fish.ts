import { type CommandEntry, flagText, type Manual, valueName } from '../manifest.js';
import { firstWords, HEADER, type Offer, offerForArg, offerForFlag, secondWords } from './complete.js';

/** For /usr/share/fish/vendor_completions.d/bench.fish. */
export function fishCompletion(manual: Manual): string {
  const word = (before: string, [name, text]: [string, string]) =>
    `complete -c bench -n '__bench_awaits ${before}' -a ${name} -d ${quoted(text)}`;
  return `${HEADER}

function __bench_names
    command ls -1 (set -q BENCHES_ROOT; and echo $BENCHES_ROOT; or echo /srv/benches) 2>/dev/null | string match -r '^[A-Za-z][A-Za-z0-9_-]*$'
end

# Of the bench named before the cursor, else the one that bench finds.
function __bench_tags
    set -l bench (commandline -opc | string join ' ' | string match -r -g ' (?:-b |-b|--bench[ =])([A-Za-z][A-Za-z0-9_-]*)')
    command bench volume list-snapshots (test -n "$bench[1]"; and printf -- '-b\\n%s\\n' $bench[1]) 2>/dev/null | string match -r -g '^  ([A-Za-z0-9_.:-]+) +created: '
end

# Whether the words typed so far are just these.
function __bench_awaits
    test (commandline -opc | string join ' ') = (string join ' ' bench $argv)
end

# Whether the words typed so far begin with these.
function __bench_runs
    string match -q -- (string join ' ' bench $argv)' *' (commandline -opc | string join ' ')' '
end

complete -c bench -f
${firstWords(manual)
  .map((entry) => word('', entry))
  .join('\n')}
${Object.keys(manual.topics)
  .flatMap((topic) => secondWords(manual, topic).map((entry) => word(topic, entry)))
  .join('\n')}
${manual.commands.flatMap(fishCommand).join('\n')}
`;
}

function fishCommand(command: CommandEntry): string[] {
  const when = `complete -c bench -n '__bench_runs ${command.id}'`;
  const flags = command.flags.map((flag) => {
    const value = valueName(flag) === undefined ? '' : ` -x${offered(offerForFlag(flag))}`;
    const short = flag.char === undefined ? '' : ` -s ${flag.char}`;
    return `${when}${short} -l ${flag.name}${value} -d ${quoted(flagText(flag))}`;
  });
  const args = command.args.map((arg) => offered(offerForArg(arg))).filter((text) => text !== '');
  return [...flags, ...args.map((text) => `${when}${text}`)];
}

function offered(offer: Offer): string {
  switch (offer) {
    case 'bench':
      return " -a '(__bench_names)'";
    case 'tag':
      return " -a '(__bench_tags)'";
    case 'file':
      return " -a '(__fish_complete_path (commandline -ct))'";
    case 'none':
      return '';
    default:
      return ` -a ${quoted(offer.join(' '))}`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
