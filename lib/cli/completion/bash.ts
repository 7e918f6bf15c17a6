/** The completion for bash. */

import { allNodes, type CommandNode, type Value } from './command-tree';
import { IDS, KEYS } from './queues-in-proc';

export function bashCompletion(root: CommandNode): string {
  const nodes = allNodes(root);
  return `# bash completion for sysvmq, as "sysvmq completion bash" prints it:
#   source <(sysvmq completion bash)
_sysvmq_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_sysvmq_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }
_sysvmq_ids() { _sysvmq_words "$(${IDS})"; }
_sysvmq_keys() { _sysvmq_words "$(${KEYS})"; }
_sysvmq_queues() { _sysvmq_words "$(${IDS}; ${KEYS})"; }
_sysvmq() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' i
  COMPREPLY=()
  # "=" is a word of its own: --sort=fill.
  if [[ $cur == = ]]; then cur=''
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/\${COMP_WORDS[i]}" in
      ${nodes.flatMap(({ path }) => (path.length > 0 ? [`/${path.join('/')}`] : [])).join(' | ')}) path+="/\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${nodes.flatMap(valueCases).join('\n')}
  esac
  case "$path $cur" in
${nodes.map(optionCase).join('\n')}
  esac
  case "$path" in
${nodes.flatMap(wordCase).join('\n')}
  esac
}
complete -F _sysvmq sysvmq
`;
}

const pathOf = ({ path }: CommandNode): string => path.map((name) => `/${name}`).join('');

function valueCases(node: CommandNode): string[] {
  return node.options.flatMap(({ long, short, value }) => {
    if (value === undefined) return [];
    const names = [long, ...(short === undefined ? [] : [short])].map((name) => `'${pathOf(node)} ${name}'`);
    // After an optional argument, an option may follow at once.
    const guard = value.optional ? '[[ $cur == -* ]] || { ' : '';
    return [`    ${names.join(' | ')}) ${guard}${completed(value)}return${guard && '; }'} ;;`];
  });
}

function optionCase(node: CommandNode): string {
  const names = node.options.flatMap(({ long, short }) => (short === undefined ? [long] : [short, long]));
  return `    '${pathOf(node)} -'*) _sysvmq_words '${names.join(' ')}'; return ;;`;
}

function wordCase(node: CommandNode): string[] {
  const words = node.children.map(({ path }) => path.at(-1)).join(' ');
  if (words !== '') return [`    '${pathOf(node)}') _sysvmq_words '${words}' ;;`];
  // An option that names the queue shifts the arguments, so each place completes the values of every argument it may
  // be.
  const code = node.arguments.map(completed).filter((each) => each !== '');
  if (code.length === 0) return [];
  const rest = code.slice(1).map((each) => `all+=("\${COMPREPLY[@]}"); ${each}`);
  const joined = rest.length === 0 ? '' : `COMPREPLY+=("\${all[@]}"); `;
  return [
    `    '${pathOf(node)}') ${rest.length === 0 ? '' : 'local -a all=(); '}${code[0]}${rest.join('')}${joined};;`,
  ];
}

/** Shell code that completes a value, with its semicolon; empty when the value has no completion. */
function completed({ kind, choices }: Value): string {
  if (choices.length > 0) return `_sysvmq_words '${choices.join(' ')}'; `;
  switch (kind) {
    case 'file':
      return '_sysvmq_files; ';
    case 'queue':
      return '_sysvmq_queues; ';
    case 'queue-id':
      return '_sysvmq_ids; ';
    case 'queue-key':
      return '_sysvmq_keys; ';
    case 'user':
      return `mapfile -t COMPREPLY < <(compgen -u -- "$cur"); `;
    case 'group':
      return `mapfile -t COMPREPLY < <(compgen -g -- "$cur"); `;
    default:
      return '';
  }
}
