/** Selects messages: --type, --except or --up-to, as the library's `Select`. */

import { type Command, Option } from 'commander';
import type { Select } from '../../messages/selector';
import { messageType, selectedType } from './arguments';

export interface SelectionOptions {
  type?: number | bigint;
  except?: number | bigint;
  upTo?: number | bigint;
}

export function chooseMessages(command: Command): Command {
  return command
    .addOption(
      new Option('--type <n>', 'only messages of this type').argParser(selectedType).conflicts(['except', 'upTo']),
    )
    .addOption(new Option('--except <n>', 'only messages of any other type').argParser(messageType).conflicts('upTo'))
    .addOption(new Option('--up-to <n>', 'only types up to this one, the lowest first').argParser(messageType));
}

export function chosenMessages({ type, except, upTo }: SelectionOptions): Select {
  if (type !== undefined) return { type };
  if (except !== undefined) return { except };
  return upTo === undefined ? {} : { upTo };
}
