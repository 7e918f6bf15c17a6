/** sysvmq limits set */

import { Argument, type Command, InvalidArgumentError } from 'commander';
import { QueueAccessError } from '../../core/errors';
import { type LimitField, settableFields } from '../../core/limit-table';
import { readProcLimits, type SettableLimits } from '../../kernel/limits';
import { DEFAULT_SYSCTL_FILE, persistLimits, setLimits } from '../../kernel/set-limits';
import { FailureError, UsageError } from '../errors';
import { bytes } from '../options/arguments';
import { formatError } from '../output/error-message';
import { print, printError, printJson } from '../output/print';
import { table } from '../output/table';
import { verb } from '../verb';

type Changes = Partial<SettableLimits>;

interface SetOptions {
  persist?: string | true;
  json?: true;
}

export function limitsSetCommand(): Command {
  return verb('set', {
    summary: 'set limits: now, and with --persist also at every boot',
    details:
      'Sets limits of this IPC namespace, all of the given ones or none, and prints each value before and after. You need root in the user namespace that owns the IPC namespace: try sudo. The values hold until the next boot; --persist writes them into a sysctl file as well.',
    examples: [
      ['limits set msgmni=2048 msgmax=65536 msgmnb=1M', 'until the next boot'],
      ['limits set msgmni=2048 --persist', `also at every boot: ${DEFAULT_SYSCTL_FILE}`],
    ],
  })
    .addArgument(new Argument('<limit=value...>', 'msgmni, msgmax or msgmnb').argParser(assignment))
    .option('--persist [file]', `write them into this sysctl file, too (default: ${DEFAULT_SYSCTL_FILE})`)
    .option('--json', 'one JSON document: the limits before and after')
    .action(set);
}

const ASSIGNMENT = /^(?:kernel\.)?(msgmni|msgmax|msgmnb)=(.*)$/i;

function assignment(text: string, before: Changes | undefined): Changes {
  const [, name, value] = ASSIGNMENT.exec(text) ?? [];
  if (name === undefined) {
    throw new InvalidArgumentError(
      `"${text}" must have one of the names ${settableFields.join(', ')}, an equals sign and a number.`,
    );
  }
  const field = name.toLowerCase() as LimitField;
  if (before?.[field] !== undefined) throw new InvalidArgumentError(`${field} appears twice.`);
  return { ...before, [field]: bytes(value as string) };
}

async function set(changes: Changes, options: SetOptions): Promise<void> {
  const { persist, json } = options;
  if (typeof persist === 'string' && ASSIGNMENT.test(persist)) {
    throw new UsageError(`--persist read "${persist}" as its file: put --persist last.`);
  }
  const file = persist === true ? DEFAULT_SYSCTL_FILE : persist;
  const before = readProcLimits();
  withPrivilege(() => (file === undefined ? setLimits(changes) : persistLimits(changes, { file, apply: true })));
  const after = readProcLimits();
  if (json) {
    await printJson({ before, after, file: file ?? null });
  } else {
    const fields = settableFields.filter((field) => changes[field] !== undefined);
    await print(`${table(columnsOf(before, after), fields)}${lastingOf(file)}\n`);
  }
  if (after.msgmnb < after.msgmax) {
    printError(
      `sysvmq limits set: msgmnb (${after.msgmnb}) is below msgmax (${after.msgmax}): a new queue accepts no message that is longer than msgmnb.`,
    );
  }
}

/** A caller without the right learns which right it needs. */
function withPrivilege(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof QueueAccessError)) throw error;
    throw new FailureError(
      `${formatError(error)}\nNothing was changed. You need root in the user namespace that owns this IPC namespace: try sudo.`,
    );
  }
}

function columnsOf(before: SettableLimits, after: SettableLimits) {
  return [
    { title: 'LIMIT', text: (field: LimitField) => field },
    { title: 'BEFORE', align: 'right', text: (field: LimitField) => String(before[field]) },
    { title: 'AFTER', align: 'right', text: (field: LimitField) => String(after[field]) },
  ] as const;
}

function lastingOf(file: string | undefined): string {
  return file === undefined
    ? 'The values hold until the next boot; --persist keeps them.'
    : `Written to ${file}, which sets them at every boot.`;
}
