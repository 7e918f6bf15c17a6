/** sysvmq bridge out|in|run|status */

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type RegisteredRoute, type Route, readBridgeStatus } from '../../bridge';
import { type CommonOptions, chooseEngine, chooseWindow, type RouteOptions } from '../bridge/bridge-options';
import { runBridge } from '../bridge/run-bridge';
import { FailureError, UsageError } from '../errors';
import * as argument from '../options/arguments';
import { bareName, keyOf, nameQueue, type QueueName, wayOfNaming, withBare } from '../options/queue';
import { chooseMessages, chosenMessages, type SelectionOptions } from '../options/selection';
import { print, printJson } from '../output/print';
import { type Column, fitted, table } from '../output/table';
import { wrapOnTerminal } from '../output/wrap';
import { verb } from '../verb';

interface OutOptions extends CommonOptions, RouteOptions, QueueName, SelectionOptions {
  to: string;
}

interface InOptions extends CommonOptions, RouteOptions, QueueName {
  stream: string;
  consumer: string;
  filter?: string;
  create?: true;
  mode?: number;
}

export function bridgeCommand(): Command {
  return verb('bridge', {
    summary: 'forward messages between queues and NATS or Redis',
    details:
      'Forwards messages between the queues of this machine and NATS JetStream or Redis Streams, at least once. It runs until a signal arrives. Then it stops taking messages, waits up to 10 s for acknowledgements, and ends. Messages in hand stay in shared memory for the next bridge of the same name. It needs the packages @nats-io/transport-node and @nats-io/jetstream, or ioredis.',
    examples: [
      ['bridge out --key 0xCAFE --to orders --create-stream', 'from the queue to the subject orders'],
      ['bridge in --key 0xBEEF --create --stream ORDERS --consumer b', 'and on another machine into a queue'],
      ['bridge out --key 0xCAFE --to orders --redis redis://10.0.0.5', 'to a stream of Redis'],
      ['bridge out --key 0xCAFE --to orders --dry-run', 'check whether it would work'],
      ['bridge status', 'the bridges of this user'],
    ],
  })
    .addCommand(outCommand())
    .addCommand(inCommand())
    .addCommand(runCommand())
    .addCommand(statusCommand());
}

function outCommand(): Command {
  const command = verb('out', {
    summary: 'from a queue to a subject',
    details: 'Publishes the messages of a queue to a subject of NATS JetStream, or to a stream of Redis.',
  });
  chooseWindow(chooseEngine(chooseMessages(nameQueue(command))))
    .option('--ordered', 'one message at a time: keeps the order even when the engine refuses some for a while')
    .requiredOption('--to <subject>', 'the subject, or the key of a stream of Redis; {host} and {type} are replaced');
  return command.action(async (given: string | undefined, options: OutOptions) => {
    const { to, window, ordered, deadLetter } = options;
    const route: Route = {
      name: 'out',
      direction: 'out',
      queue: queueOf(withBare(options, given)),
      select: chosenMessages(options),
      to,
      window,
      ordered,
      refused: deadLetter === undefined ? 'stop' : { deadLetter },
    };
    await runBridge([route], options);
  });
}

function inCommand(): Command {
  const command = verb('in', {
    summary: 'from a stream to a queue',
    details: 'Puts the messages of a stream of NATS JetStream or Redis into a queue.',
  });
  chooseWindow(chooseEngine(nameQueue(command)))
    .requiredOption('--stream <name>', 'the stream')
    .requiredOption('--consumer <name>', 'the durable consumer, or the group; created if missing')
    .option('--filter <subject>', 'only messages of this subject')
    .option('--create', 'create the queue if it is missing')
    .addOption(new Option('--mode <mode>', 'permission bits of a created queue').argParser(argument.mode));
  return command.action(async (given: string | undefined, options: InOptions) => {
    const { stream, consumer, filter, window, deadLetter, create, mode } = options;
    if (mode !== undefined && !create) throw new UsageError('--mode requires --create.');
    const queue = queueOf(withBare(options, given));
    if (create && 'id' in queue) throw new UsageError('--create requires --key or --path.');
    const route: Route = {
      name: 'in',
      direction: 'in',
      queue: create ? { ...(queue as { key: number }), create, mode } : queue,
      from: { stream, consumer, filter },
      maxPending: window,
      refused: deadLetter === undefined ? 'stop' : { deadLetter },
    };
    await runBridge([route], options);
  });
}

function queueOf(named: QueueName): { id: number } | { key: number } {
  const name = named.bare === undefined ? named : { ...bareName(named.bare) };
  wayOfNaming(named);
  const way = wayOfNaming(name);
  if (way === undefined)
    throw new UsageError('Which queue? Name it with --id N, --key 0x… or --path FILE --project C.');
  return way === 'id' ? { id: name.id as number } : { key: keyOf(name) };
}

function runCommand(): Command {
  const command = verb('run', {
    summary: 'run the routes of a file',
    details:
      'Runs the routes of a JSON file: {"name": "…", "routes": […]}, with routes as createBridge takes them. Keys are numbers, or text such as "0xcafe".',
  });
  return chooseEngine(command.argument('<file>', 'the file')).action(async (file: string, options: CommonOptions) => {
    const { name, routes } = readFile(file);
    await runBridge(routes, options, options.name === undefined && name !== undefined ? { name } : {});
  });
}

function readFile(file: string): { name?: string; routes: Route[] } {
  try {
    return JSON.parse(readFileSync(file, 'utf8'), (name, value) =>
      name === 'key' && /^0x[0-9a-f]+$/i.test(String(value)) ? Number(value) : value,
    ) as { name?: string; routes: Route[] };
  } catch (error) {
    if (error instanceof SyntaxError) throw new FailureError(`${file} is not JSON: ${error.message}`);
    throw error;
  }
}

const LEFT_OUT_FIRST = ['WAY', 'TAKEN', 'BRIDGE'];

const columns: Column<RegisteredRoute>[] = [
  { title: 'BRIDGE', text: ({ bridge }) => bridge },
  { title: 'ROUTE', text: ({ stats }) => stats.name },
  { title: 'WAY', text: ({ stats }) => stats.direction },
  { title: 'PID', align: 'right', text: ({ pid }) => String(pid) },
  { title: 'STATE', text: stateOf },
  { title: 'TAKEN', align: 'right', text: ({ stats }) => String(stats.taken) },
  { title: 'DONE', align: 'right', text: ({ stats }) => String(stats.acked) },
  { title: 'IN HAND', align: 'right', text: ({ stats }) => String(stats.inFlight) },
  { title: 'QUEUE HAS', align: 'right', text: ({ stats }) => String(stats.pending) },
];

const NONE = 'No bridges: none of this user has run in this IPC namespace.';

function stateOf({ alive, connected, stats }: RegisteredRoute): string {
  if (!alive) return 'dead';
  return stats.state === 'running' && !connected ? 'not connected' : stats.state;
}

function statusCommand(): Command {
  return verb('status', {
    summary: 'list the bridges of this machine and their counts',
    details: 'Lists the routes of the bridges of this user in this IPC namespace. The counts are at most a second old.',
  })
    .addOption(
      new Option('--state <folder>', 'the state folder (default: /dev/shm/sysvmq-UID)').argParser(
        argument.readableFolder,
      ),
    )
    .option('--json', 'one JSON document')
    .action(async ({ state, json }: { state?: string; json?: true }) => {
      const found = readBridgeStatus(state);
      if (json) await printJson(found);
      else
        await print(
          found.length === 0 ? wrapOnTerminal(NONE) : table(fitted(columns, found, LEFT_OUT_FIRST, 'ROUTE'), found),
        );
    });
}
