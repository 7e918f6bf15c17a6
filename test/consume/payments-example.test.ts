/** examples/payments.mjs, killed again and again: each payment is booked once, and none is missing. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codecs } from '../../lib/index';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { LONG_TIMEOUT_MS, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');

itSlow(
  'the payments example books each payment once although it is killed again and again',
  () =>
    withSeed(async (random) => {
      const count = times(200, 20_000);
      const queue = newQueue({ codec: codecs.json<{ id: number; cents: number }>() });
      const ledger = stateFolder();
      const env = { ...process.env, PAYMENTS_STATE: stateFolder() };
      const start = (): ChildProcess =>
        spawn(process.execPath, ['examples/payments.mjs', String(queue.key), ledger], {
          cwd: root,
          env,
          stdio: 'pipe',
        });
      const booked = (): string[] => readdirSync(ledger).filter((name) => !name.startsWith('.'));
      // One payment is left for the last worker: that it is booked says that the worker is up, and catches SIGTERM.
      const lastId = count - 1;
      const pay = (id: number): Promise<void> => queue.send({ id, cents: id * 3 });
      const sent = (async () => {
        for (let id = 0; id < lastId; id++) await pay(id);
      })();
      for (let kills = times(4, 100); kills > 0; kills--) {
        const worker = start();
        const exited = once(worker, 'exit');
        const before = booked().length;
        await until('it books', () => booked().length > before || before === lastId, 20_000);
        await new Promise((resolve) => setTimeout(resolve, random.below(20)));
        worker.kill('SIGKILL');
        await exited;
      }
      const last = start();
      await sent;
      await pay(lastId);
      await until('all are booked', () => booked().length === count, 60_000);
      const exited = once(last, 'exit');
      last.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      let total = 0;
      for (const name of booked()) total += JSON.parse(readFileSync(join(ledger, name), 'utf8')).cents;
      expect(total).toBe((3 * count * (count - 1)) / 2);
      expect(queue.stat().messageCount).toBe(0);
    }),
  LONG_TIMEOUT_MS,
);
