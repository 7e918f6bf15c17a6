/** The completion for fish. */

import { allNodes, type CommandNode, type Value } from './command-tree';
import { IDS, KEYS } from './queues-in-proc';

export function fishCompletion(root: CommandNode): string {
  return `# fish completion for sysvmq, as "sysvmq completion fish" prints it:
#   sysvmq completion fish > ~/.config/fish/completions/sysvmq.fish

# The verbs typed so far: "limits set".
function __sysvmq_path
    set -l path
    for word in (commandline -opc)[2..]
        switch (string join -- / $path $word)
            case ${allNodes(root)
              .flatMap(({ path }) => (path.length > 0 ? [quoted(path.join('/'))] : []))
              .join(' ')}
                set -a path $word
        end
    end
    string join -- / $path
end

function __sysvmq_at
    test "$(__sysvmq_path)" = "$argv[1]"
end

complete -c sysvmq -f
${allNodes(root).flatMap(nodeLines).join('\n')}
`;
}

function nodeLines(node: CommandNode): string[] {
  const at = `complete -c sysvmq -n ${quoted(`__sysvmq_at '${node.path.join('/')}'`)}`;
  return [
    ...node.children.map(({ path, summary }) => `${at} -a ${path.at(-1)} -d ${quoted(summary)}`),
    ...(node.children.length > 0 ? [] : node.arguments.flatMap((value) => argumentLine(at, value))),
    ...node.options.map(({ long, short, description, value }) => {
      const names = `${short === undefined ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}`;
      return `${at}${names}${value === undefined ? '' : valueArguments(value, value.optional)} -d ${quoted(description)}`;
    }),
  ];
}

function argumentLine(at: string, value: Value): string[] {
  if (value.choices.length > 0) return [`${at} -a ${quoted(value.choices.join(' '))}`];
  if (value.kind === 'queue') return [`${at} -a ${quoted(`(${IDS}; ${KEYS})`)}`];
  if (value.kind === 'queue-key') return [`${at} -a ${quoted(`(${KEYS})`)}`];
  return value.kind === 'file' ? [`${at} -F`] : [];
}

function valueArguments({ kind, choices }: Value, optional: boolean): string {
  // -x: a value and no file name; -r: a value.
  const needs = optional ? '' : ' -x';
  if (choices.length > 0) return `${needs} -a ${quoted(choices.join(' '))}`;
  switch (kind) {
    case 'file':
      return ' -r -F';
    case 'queue':
    case 'queue-id':
      return `${needs} -a ${quoted(`(${IDS})`)}`;
    case 'queue-key':
      return `${needs} -a ${quoted(`(${KEYS})`)}`;
    case 'user':
      return `${needs} -a '(__fish_complete_users)'`;
    case 'group':
      return `${needs} -a '(__fish_complete_groups)'`;
    default:
      return needs;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
