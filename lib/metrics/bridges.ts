/** Metrics of the bridges of this process. */

import { liveBridges, type MeasuredRoute } from '../core/live-bridges';
import { type Aggregator, type MetricMaker, oncePerScrape } from './metric-maker';

interface LabeledRoute {
  labels: { bridge: string; route: string };
  route: MeasuredRoute;
}

const COUNTS: [property: keyof MeasuredRoute, name: string, help: string][] = [
  ['taken', 'taken', 'Messages taken from the queue (out), or from the stream (in)'],
  ['published', 'published', 'Messages handed to the engine (out), or to the queue (in), repeated ones included'],
  ['acked', 'acked', 'Messages acknowledged'],
  ['duplicates', 'duplicate', 'Messages that the other side had already'],
  ['republished', 'republished', 'Messages published again after a crash or a lost connection'],
  ['refused', 'refused', 'Messages that can never be delivered'],
  ['deadLettered', 'dead_lettered', 'Refused messages that are dead letters now'],
  ['uncertain', 'uncertain', 'Messages that a crash may have left a byte short'],
];

const GAUGES: [name: string, help: string, aggregator: Aggregator, read: (route: MeasuredRoute) => number][] = [
  ['in_flight_messages', 'Messages in hand', 'sum', ({ inFlight }) => inFlight],
  ['oldest_age_seconds', 'Since the oldest message in hand was taken', 'max', ({ oldestAge }) => oldestAge / 1000],
  ['pending_messages', 'Messages in the queue', 'max', ({ pending }) => pending],
  ['running', 'Whether the route runs: 1 or 0', 'min', ({ state }) => (state === 'running' ? 1 : 0)],
];

export function measureBridges(make: MetricMaker): void {
  const bridges = oncePerScrape(() => [...liveBridges].map((bridge) => bridge.stats()));
  const routes = (): LabeledRoute[] =>
    (bridges() ?? []).flatMap(({ name, routes: ofBridge }) =>
      ofBridge.map((route) => ({ labels: { bridge: name, route: route.name }, route })),
    );
  const labelNames: ('bridge' | 'route')[] = ['bridge', 'route'];
  for (const [property, name, help] of COUNTS) {
    make.counter(`sysvmq_bridge_${name}_messages_total`, `${help}, by route.`, labelNames, (counter) => {
      for (const { labels, route } of routes()) counter.inc(labels, route[property] as number);
    });
  }
  for (const [name, help, aggregator, read] of GAUGES) {
    make.gauge(`sysvmq_bridge_${name}`, `${help}, by route.`, labelNames, aggregator, (gauge) => {
      for (const { labels, route } of routes()) gauge.set(labels, read(route));
    });
  }
  make.gauge('sysvmq_bridge_connected', 'Whether the bridge has a connection: 1 or 0.', ['bridge'], 'min', (gauge) => {
    for (const { name, connected } of bridges() ?? []) gauge.set({ bridge: name }, connected ? 1 : 0);
  });
}
