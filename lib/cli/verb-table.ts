/**
 * The verbs of the command, in the order in which help lists them. A verb's module is loaded on demand, so that `sysvmq
 * list` does not wait for the modules of `sysvmq receive`.
 */

import type { Command } from 'commander';

export const verbs: Readonly<Record<string, () => Command>> = {
  limits: () => (require('./verbs/limits') as typeof import('./verbs/limits')).limitsCommand(),
  list: () => (require('./verbs/list') as typeof import('./verbs/list')).listCommand(),
  stat: () => (require('./verbs/stat') as typeof import('./verbs/stat')).statCommand(),
  create: () => (require('./verbs/create') as typeof import('./verbs/create')).createCommand(),
  set: () => (require('./verbs/set') as typeof import('./verbs/set')).setCommand(),
  remove: () => (require('./verbs/remove') as typeof import('./verbs/remove')).removeCommand(),
  send: () => (require('./verbs/send') as typeof import('./verbs/send')).sendCommand(),
  receive: () => (require('./verbs/receive') as typeof import('./verbs/receive')).receiveCommand(),
  peek: () => (require('./verbs/peek') as typeof import('./verbs/peek')).peekCommand(),
  drain: () => (require('./verbs/drain') as typeof import('./verbs/drain')).drainCommand(),
  top: () => (require('./verbs/top') as typeof import('./verbs/top')).topCommand(),
  prune: () => (require('./verbs/prune') as typeof import('./verbs/prune')).pruneCommand(),
  consumers: () => (require('./verbs/consumers') as typeof import('./verbs/consumers')).consumersCommand(),
  recover: () => (require('./verbs/recover') as typeof import('./verbs/recover')).recoverCommand(),
  bridge: () => (require('./verbs/bridge') as typeof import('./verbs/bridge')).bridgeCommand(),
  doctor: () => (require('./verbs/doctor') as typeof import('./verbs/doctor')).doctorCommand(),
  completion: () => (require('./verbs/completion') as typeof import('./verbs/completion')).completionCommand(),
};
