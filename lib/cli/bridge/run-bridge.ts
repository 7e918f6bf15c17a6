/** Runs a bridge until a signal arrives or a route stops; or only checks whether it would work. */

import { type Bridge, type BridgeOptions, createBridge, type Finding, type Route, type RouteStats } from '../../bridge';
import { setInterval } from '../../core/event-loop';
import { MessageQueue } from '../../queue/message-queue';
import { FailureError, ReportedFailure } from '../errors';
import { formatCount } from '../output/format';
import { print, printError, printJson } from '../output/print';
import { wrap } from '../output/wrap';
import { interruptible } from '../signals';
import { type CommonOptions, engineOf } from './bridge-options';

const PROGRESS_MS = 1000;
const SHOWN = 3;
const SHOWN_BYTES = 60;

export async function runBridge(
  routes: Route[],
  options: CommonOptions,
  given: Partial<BridgeOptions> = {},
): Promise<void> {
  const { state, name } = options;
  const bridge = createBridge({
    engine: engineOf(options),
    routes,
    ...(state === undefined ? {} : { state }),
    ...(name === undefined ? {} : { name }),
    ...given,
  });
  if (options.dryRun) await dryRun(bridge, routes, options.json === true);
  else await forward(bridge, options);
}

async function forward(bridge: Bridge, { progress, json }: CommonOptions): Promise<void> {
  let stopped: Error | undefined;
  const over = new Promise<void>((resolve) => {
    bridge.on('route', ({ route, state, error }) => {
      if (state !== 'stopped' && state !== 'ended') return;
      stopped ??= new FailureError(
        `The route ${route} has ${state}${error === undefined ? ': its queue is gone' : `: ${error.message}`}`,
      );
      resolve();
    });
  });
  bridge.on('error', ({ message }) => printError(`sysvmq bridge: ${message}`));
  bridge.on('disconnected', ({ error }) => printError(`sysvmq bridge: the connection was lost: ${error.message}`));
  bridge.on('connected', ({ server }) => printError(`sysvmq bridge: connected to ${server}`));
  bridge.on('refused', ({ route, error }) => printError(`sysvmq bridge: ${route}: ${error.message}`));
  let timer: NodeJS.Timeout | undefined;
  let isStarted = false;
  try {
    await interruptible(async (signal) => {
      const interrupted = new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      // Messages move before start() resolves, so a signal must already end the bridge in order.
      await bridge.start();
      isStarted = true;
      if (progress) timer = setInterval(() => printError(progressOf(bridge, json === true)), PROGRESS_MS);
      await Promise.race([over, interrupted]);
    });
  } finally {
    clearInterval(timer);
    if (isStarted) await bridge.stop();
  }
  if (json) await printJson(bridge.stats());
  if (stopped !== undefined) throw stopped;
}

function progressOf(bridge: Bridge, json: boolean): string {
  const stats = bridge.stats();
  if (json) return JSON.stringify(stats);
  return stats.routes.map((route) => lineOf(route, stats.connected)).join('\n');
}

function lineOf({ name, state, taken, acked, inFlight, pending, duplicates }: RouteStats, connected: boolean): string {
  const words = `${name}: ${state}, ${taken} taken, ${acked} done, ${inFlight} in hand, ${pending} in the queue`;
  return `${words}${duplicates === 0 ? '' : `, ${duplicates} were there already`}${connected ? '' : ', not connected'}`;
}

async function dryRun(bridge: Bridge, routes: Route[], json: boolean): Promise<void> {
  const findings = await bridge.check();
  const first = routes.flatMap((route) => firstMessages(route, bridge.name));
  if (json) await printJson({ findings, first });
  else await print([...findings.map(findingLines), ...first.map((line) => `${line}\n`)].join(''));
  if (findings.some(({ level }) => level === 'error')) throw new ReportedFailure('it would not work');
}

const MARKS = { ok: 'ok     ', warning: 'warning', error: 'ERROR  ' };

function findingLines({ level, route, text }: Finding): string {
  const mark = `${MARKS[level]}  `;
  return wrap(route === undefined ? text : `${route}: ${text}`, { first: mark, rest: ' '.repeat(mark.length) });
}

// Previews the subjects of the first messages. Peeking takes none of them.
function firstMessages(route: Route, host: string): string[] {
  if (route.direction !== 'out') return [];
  try {
    const { queue } = route as { queue: { id?: number; key?: number } };
    const from = queue.id === undefined ? MessageQueue.open(queue.key as number) : MessageQueue.attach(queue.id);
    const lines: string[] = [];
    for (let index = 0; index < SHOWN; index++) {
      const message = from.peek(index);
      if (message === undefined) break;
      const to = route.to.replaceAll('{host}', host).replaceAll('{type}', String(message.type));
      const text = JSON.stringify(message.data.toString('latin1', 0, SHOWN_BYTES));
      lines.push(`would publish to ${to}: type ${message.type}, ${formatCount(message.data.length, 'byte')}, ${text}`);
    }
    return lines;
  } catch {
    return [];
  }
}
