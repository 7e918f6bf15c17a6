// A bridge in a process of its own, which is killed at any time.
import { once } from 'node:events';
import { createBridge, natsEngine, redisEngine } from '../../dist/bridge/index.js';

// It is started before it is needed, and loads its engine's client: that takes longer than most lives.
const [engine] = process.argv.slice(2);
const clients = { nats: ['@nats-io/transport-node', '@nats-io/jetstream'], redis: ['ioredis'] };
process.on('disconnect', () => process.exit(1));
const settings = once(process, 'message');
await Promise.all(clients[engine].map((client) => import(client)));
const [{ options, state, name, route }] = await settings;
const bridge = createBridge({
  engine: { nats: natsEngine, redis: redisEngine }[engine](options),
  routes: [route],
  state,
  name,
});
bridge.on('error', () => undefined);
bridge.on('route', ({ state: now, error }) => {
  if (now === 'running') process.send('running');
  if (now === 'stopped') process.send(`stopped: ${error?.message}`);
});
process.on('message', () => void bridge.stop().then(() => process.exit(0)));
try {
  await bridge.start();
} catch (error) {
  // Its server is just being killed: the next process tries again.
  process.send(`failed: ${error.message}`);
  process.exit(3);
}
