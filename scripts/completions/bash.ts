import { type CommandEntry, type Manual, valueName } from '../manifest.js';
import { firstWords, HEADER, LISTS, type Offer, offerForArg, offerForFlag, secondWords } from './complete.js';

/** For /usr/share/bash-completion/completions/bench; works without the bash-completion package, too. */
export function bashCompletion(manual: Manual): string {
  const topics = Object.keys(manual.topics);
  const words = (entries: [string, string][]) => entries.map(([word]) => word).join(' ');
  return `${HEADER}
${LISTS}

_bench() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]} at=1
  local flags='' offer='' name='' i
  COMPREPLY=()
  # Readline parts words at "=", too.
  [[ $cur == '=' ]] && cur=''
  [[ $prev == '=' ]] && prev=\${COMP_WORDS[COMP_CWORD - 2]}
  case $command in
    ${topics.join(' | ')}) command+=" \${COMP_WORDS[2]}" at=2 ;;
  esac
  if ((COMP_CWORD <= at)); then
    case $at-\${COMP_WORDS[1]} in
${topics.map((topic) => `      2-${topic}) flags='${words(secondWords(manual, topic))}' ;;`).join('\n')}
      *) flags='${words(firstWords(manual))} --help --version' ;;
    esac
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    return
  fi
  for ((i = at + 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      -b | --bench)
        name=\${COMP_WORDS[i + 1]}
        [[ $name == '=' ]] && name=\${COMP_WORDS[i + 2]}
        ;;
    esac
  done
  case $command in
${manual.commands.map(bashCommand).join('\n')}
  esac
  case $offer in
    bench) COMPREPLY=($(compgen -W "$(_bench_names)" -- "$cur")) ;;
    tag) COMPREPLY=($(compgen -W "$(_bench_tags "$name")" -- "$cur")) ;;
    file)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      ;;
    none) ;;
    *) COMPREPLY=($(compgen -W "$offer" -- "$cur")) ;;
  esac
}
complete -F _bench bench
`;
}

function bashCommand(command: CommandEntry): string {
  const flags = [...command.flags.map(({ name }) => `--${name}`), '--help'].join(' ');
  const withValue = command.flags.filter((flag) => valueName(flag) !== undefined);
  const values = withValue.map((flag) => {
    const names = [...(flag.char === undefined ? [] : [`-${flag.char}`]), `--${flag.name}`];
    return `        ${names.join(' | ')}) offer='${offerText(offerForFlag(flag))}' ;;`;
  });
  const [arg] = command.args;
  const otherwise = arg === undefined ? 'none' : offerText(offerForArg(arg));
  return `    '${command.id}')
      case $prev in
${values.join('\n')}${values.length === 0 ? '' : '\n'}        *) if [[ $cur == -* ]]; then offer='${flags}'; else offer='${otherwise}'; fi ;;
      esac
      ;;`;
}

function offerText(offer: Offer): string {
  return typeof offer === 'string' ? offer : offer.join(' ');
}
