/**
 * The verbs of the command, in the order in which help lists them. A verb's module is loaded when the verb is asked for:
 * `sysvmq list` is not to wait for what `sysvmq receive` needs.
 */

import type { Command } from 'commander';

export const verbs: Readonly<Record<string, () => Command>> = {
  list: () => (require('./verbs/list') as typeof import('./verbs/list')).listCommand(),
};
