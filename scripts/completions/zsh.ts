import { type CommandEntry, flagText, type Manual, valueName } from '../manifest.js';
import { firstWords, HEADER, LISTS, type Offer, offerForArg, offerForFlag, secondWords } from './complete.js';

/** For /usr/share/zsh/vendor-completions/_bench. */
export function zshCompletion(manual: Manual): string {
  const topics = Object.keys(manual.topics);
  return `#compdef bench
${HEADER}
${LISTS}
_bench_offer_names() { compadd -- \${(f)"$(_bench_names)"}; }
_bench_offer_tags() { compadd -- \${(f)"$(_bench_tags "\${opt_args[--bench]:-\${opt_args[-b]}}")"}; }

_bench() {
  local curcontext=$curcontext
  local -A opt_args
  local -a offered
  if ((CURRENT == 2)); then
    offered=(${firstWords(manual).map(described).join(' ')})
    _describe command offered
    return
  fi
  local command=$words[2]
  case $command in
    ${topics.join('|')})
      if ((CURRENT == 3)); then
        case $command in
${topics.map((topic) => `          ${topic}) offered=(${secondWords(manual, topic).map(described).join(' ')}) ;;`).join('\n')}
        esac
        _describe command offered
        return
      fi
      command+=" $words[3]"
      shift words
      ((CURRENT--))
      ;;
  esac
  shift words
  ((CURRENT--))
  case $command in
${manual.commands.map(zshCommand).join('\n')}
  esac
}

_bench "$@"
`;
}

function zshCommand(command: CommandEntry): string {
  const specs = command.flags.map((flag) => {
    const value = valueName(flag);
    const meaning = `[${flagText(flag).replaceAll(/[[\]:\\]/g, '\\$&')}]`;
    const taken = value === undefined ? '' : `:${value}:${action(offerForFlag(flag))}`;
    const long = `--${flag.name}${value === undefined ? '' : '='}`;
    if (flag.char === undefined) return quoted(`${long}${meaning}${taken}`);
    return `'(-${flag.char} --${flag.name})'{-${flag.char},${long}}${quoted(`${meaning}${taken}`)}`;
  });
  const args = command.args.map(
    (arg, index) =>
      `${command.strict ? index + 1 : '*'}:${arg.name.toUpperCase()}:${action(offerForArg(arg))}`,
  );
  const all = [...specs, quoted('--help[Show help]'), ...args.map(quoted)];
  return `    '${command.id}') _arguments ${all.join(' \\\n      ')} ;;`;
}

function action(offer: Offer): string {
  switch (offer) {
    case 'bench':
      return '_bench_offer_names';
    case 'tag':
      return '_bench_offer_tags';
    case 'file':
      return '_files';
    case 'none':
      return ' ';
    default:
      return `(${offer.join(' ')})`;
  }
}

function described([word, text]: [string, string]): string {
  return quoted(`${word}:${text.replaceAll(':', '\\:')}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
