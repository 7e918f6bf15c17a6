/** The completion for zsh. */

import { allNodes, type CommandNode, type OptionNode, type Value } from './command-tree';
import { IDS, KEYS } from './queues-in-proc';

export function zshCompletion(root: CommandNode): string {
  return `#compdef sysvmq
# zsh completion for sysvmq, as "sysvmq completion zsh" prints it:
#   sysvmq completion zsh > ~/.zfunc/_sysvmq    # with ~/.zfunc in $fpath, before compinit
#   source <(sysvmq completion zsh)             # after compinit

_sysvmq_ids() { local -a ids=(\${(f)"$(${IDS})"}); compadd -a ids }
_sysvmq_keys() {
  local -a keys=(\${(f)"$(${KEYS})"})
  compadd -a keys
}
_sysvmq_queues() { _sysvmq_ids; _sysvmq_keys }
${allNodes(root).map(nodeFunction).join('\n')}
if [[ $funcstack[1] == _sysvmq ]]; then
  _sysvmq "$@"
else
  compdef _sysvmq sysvmq
fi
`;
}

const nameOf = ({ path }: CommandNode): string => ['_sysvmq', ...path].join('_');

function nodeFunction(node: CommandNode): string {
  const specs = [...node.options.flatMap(optionSpecs), ...argumentSpecs(node)].map((spec) => `    ${spec}`);
  const call = `_arguments -C \\\n${specs.join(' \\\n')}`;
  if (node.children.length === 0) return `${nameOf(node)}() {\n  ${call}\n}`;
  const verbs = node.children.map(({ path, summary }) => quoted(`${path.at(-1)}:${summary}`));
  const cases = node.children.map((child) => `        ${child.path.at(-1)}) ${nameOf(child)} ;;`);
  return `${nameOf(node)}() {
  local context state state_descr line
  typeset -A opt_args
  ${call}
  case $state in
    verb)
      local -a verbs=(
        ${verbs.join('\n        ')}
      )
      _describe verb verbs
      ;;
    rest)
      case $words[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}`;
}

function argumentSpecs(node: CommandNode): string[] {
  if (node.children.length > 0) return ["'1: :->verb'", "'*:: :->rest'"];
  // An option that names the queue shifts the arguments, so each place completes the values of every argument it may
  // be.
  const actions = node.arguments.map(actionOf).filter((action) => action !== ' ');
  if (actions.length === 0) return node.arguments.length === 0 ? [] : [quoted('*:value: ')];
  return [quoted(actions.length === 1 ? `*:value:${actions[0]}` : `*:value:{ ${actions.join('; ')} }`)];
}

function optionSpecs({ long, short, description, value }: OptionNode): string[] {
  const what = `[${description.replaceAll(/[[\]\\]/g, '\\$&')}]`;
  const takes = value === undefined ? '' : `${value.optional ? '::' : ':'}value:${actionOf(value)}`;
  const equals = value === undefined ? '' : '=';
  if (short === undefined) return [quoted(`${long}${equals}${what}${takes}`)];
  const either = `(${short} ${long})`;
  return [quoted(`${either}${short}${what}${takes}`), quoted(`${either}${long}${equals}${what}${takes}`)];
}

function actionOf({ kind, choices }: Value): string {
  if (choices.length > 0) return `(${choices.join(' ')})`;
  const actions = {
    file: '_files',
    queue: '_sysvmq_queues',
    'queue-id': '_sysvmq_ids',
    'queue-key': '_sysvmq_keys',
    user: '_users',
    group: '_groups',
    other: ' ',
  };
  return actions[kind];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
