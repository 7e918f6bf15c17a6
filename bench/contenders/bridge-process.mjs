// A bridge in a process of its own. Its messages: { out: window }, { start } and { stop } of an in route, { acked } and { ready }.
import { createBridge, natsEngine, redisEngine } from '../../dist/bridge/index.js';

const [engineName, port, queueId, state, window] = process.argv.slice(2);
const LOOK_MS = 1;

const engines = {
  nats: () => natsEngine({ servers: `nats://127.0.0.1:${port}` }),
  redis: () => redisEngine({ url: `redis://127.0.0.1:${port}` }),
};
const queue = { id: Number(queueId) };
const make = (route) =>
  createBridge({
    engine: engines[engineName](),
    routes: [route],
    state,
    name: 'bench',
  }).on('error', (error) => console.error(error));
const out = { name: 'out', direction: 'out', queue, to: 'bench', window: Number(window) };
const into = { name: 'in', direction: 'in', queue, from: { stream: 'BENCH', consumer: 'bench' } };

let bridge;
const orders = {
  async start(direction) {
    bridge = make(direction === 'out' ? out : into);
    await bridge.start();
  },
  async stop() {
    await bridge.stop();
  },
  /** Until so many more are acknowledged than before. */
  acked(count) {
    return new Promise((resolve) => {
      const look = () => {
        if (bridge.stats().routes[0].acked >= count) resolve();
        else setTimeout(look, LOOK_MS);
      };
      look();
    });
  },
};
process.on('message', async ([order, argument]) => {
  await orders[order](argument);
  process.send(order);
});
process.on('disconnect', () => process.exit(0));
