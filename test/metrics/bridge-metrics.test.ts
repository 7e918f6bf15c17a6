/** sysvmq/metrics: what a scrape shows of bridges. */

import * as promClient from 'prom-client';
import { collectQueueMetrics } from '../../lib/metrics';
import { newBridge } from '../support/bridges';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { engineKits } from '../support/engine-kits';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';
import { slow } from '../support/slow';

for (const kit of engineKits) {
  itNeeds(slow(kit.server), `${kit.name}: the counts of each route, what is in hand, and the connection`, async () => {
    const register = new promClient.Registry();
    const metrics = collectQueueMetrics({ register });
    const server = await kit.start();
    const [from, into] = [newQueue(), newQueue()];
    const bridge = newBridge(kit.engine(server.url), stateFolder(), [
      { name: 'out', direction: 'out', queue: from, to: 'orders' },
      { name: 'in', direction: 'in', queue: into, from: { stream: kit.streamOf('orders'), consumer: 'c' } },
    ]);
    await bridge.start();
    for (let index = 0; index < 3; index++) await from.send(String(index));
    await until('all have come', () => bridge.stats().routes[1]?.acked === 3);
    const scrape = await register.metrics();
    for (const name of ['taken', 'published', 'acked']) {
      for (const route of ['out', 'in']) {
        expect(scrape).toContain(`sysvmq_bridge_${name}_messages_total{bridge="test",route="${route}"} 3\n`);
      }
    }
    for (const name of ['duplicate', 'republished', 'refused', 'dead_lettered', 'uncertain']) {
      expect(scrape).toContain(`sysvmq_bridge_${name}_messages_total{bridge="test",route="out"} 0\n`);
    }
    expect(scrape).toContain('sysvmq_bridge_pending_messages{bridge="test",route="in"} 3\n');
    expect(scrape).toContain('sysvmq_bridge_running{bridge="test",route="in"} 1\n');
    expect(scrape).toContain('sysvmq_bridge_connected{bridge="test"} 1\n');
    await server.stop();
    await from.send('in hand');
    await until('it is in hand', () => bridge.stats().routes[0]?.inFlight === 1);
    const later = await register.metrics();
    expect(later).toContain('sysvmq_bridge_in_flight_messages{bridge="test",route="out"} 1\n');
    expect(later).toMatch(/sysvmq_bridge_oldest_age_seconds\{bridge="test",route="out"\} [\d.e-]+\n/);
    expect(later).toContain('sysvmq_bridge_taken_messages_total{bridge="test",route="out"} 4\n');
    await bridge.stop({ timeout: 0 });
    expect(await register.metrics()).not.toMatch(/\{bridge=/);
    metrics.close();
  });
}
