/** The alert rules and the dashboard of examples/metrics, against promtool and the metrics there are. */

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as promClient from 'prom-client';
import { collectQueueMetrics } from '../../lib/metrics';
import { itNeeds, program } from '../support/needs';
import { newQueue } from '../support/queues';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const folder = join(__dirname, '..', '..', 'examples', 'metrics');
const promtool = program('promtool', 'prometheus');

async function scrape(): Promise<{ text: string; names: Set<string> }> {
  const register = new promClient.Registry();
  const queue = newQueue({ maxBytes: 10 });
  const metrics = collectQueueMetrics({ register, queues: { orders: queue }, waiters: true });
  queue.trySend('full');
  await queue.receive();
  await new Promise(setImmediate);
  const text = await register.metrics();
  const names = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name as string));
  metrics.close();
  return { text, names };
}

it('the alert rules and the dashboard name metrics that exist', async () => {
  const { names } = await scrape();
  for (const file of ['alerts.yml', 'dashboard.json']) {
    const named = readFileSync(join(folder, file), 'utf8').matchAll(/\b(sysvmq_[a-z_]+?)(?:_bucket)?\b(?=[^a-z_])/g);
    const missing = new Set([...named].map(([, name]) => name as string).filter((name) => !names.has(name)));
    expect([file, [...missing]]).toEqual([file, []]);
  }
});

itNeeds(slow(promtool), 'promtool accepts the alert rules, and their tests pass', () => {
  const run = (...args: string[]): string => execFileSync('promtool', args, { cwd: folder, encoding: 'utf8' });
  expect(run('check', 'rules', 'alerts.yml')).toContain('SUCCESS: 7 rules found');
  expect(run('test', 'rules', 'alerts-test.yml')).toContain('SUCCESS');
});

itNeeds(slow(promtool), 'promtool finds no fault with the names, types and help of the metrics', async () => {
  const { text } = await scrape();
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

itNeeds(slow(promtool), 'each query of the dashboard is one that Prometheus can read', () => {
  const { panels } = JSON.parse(readFileSync(join(folder, 'dashboard.json'), 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')));
  expect(queries.length).toBeGreaterThan(10);
  const rules = queries.map((expr, index) => ({ record: `query:number${index}`, expr }));
  // JSON is YAML.
  const file = join(temporaryFolder(), 'queries.yml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { status, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
