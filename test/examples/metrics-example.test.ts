/** Scrapes the example that serves metrics. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../support/child';
import { remainingQueues } from '../support/namespace';

const root = join(__dirname, '..', '..');

it('metrics-server serves metrics that change, for Prometheus to read, and removes its queues at the end', async () => {
  const server = spawn(process.execPath, [join(root, 'examples', 'metrics-server.mjs')], { cwd: root });
  const exited = once(server, 'exit');
  try {
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
    const [url] = /http:\S+/.exec(line) as unknown as [string];
    const sample = async (name: string): Promise<number> => {
      const text = await (await fetch(url)).text();
      return Number(
        text
          .split('\n')
          .find((each) => each.startsWith(`${name} `))
          ?.slice(name.length),
      );
    };
    await until('ten orders were sent', async () => (await sample('sysvmq_sent_messages_total{queue="orders"}')) >= 10);
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(text).toContain('# TYPE sysvmq_queue_messages gauge\n');
    expect(text).toMatch(/^sysvmq_queue_limit_bytes\{queue="invoices"\} 16384$/m);
    expect(text).toMatch(/^sysvmq_namespace_queues 2$/m);
    expect((await fetch(new URL('/', url))).status).toBe(404);
  } finally {
    server.kill('SIGTERM');
  }
  expect(await exited).toEqual([0, null]);
  expect(remainingQueues()).toEqual([]);
});
