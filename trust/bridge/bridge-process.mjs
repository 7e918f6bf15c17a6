// A bridge in a process of its own, which is killed at any time.
import { createBridge, natsEngine, redisEngine } from '../../dist/bridge/index.js';

const { engine, options, state, name, route } = JSON.parse(process.argv[2]);
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
process.on('disconnect', () => process.exit(1));
try {
  await bridge.start();
} catch (error) {
  // Its server is just being killed: the next process tries again.
  process.send(`failed: ${error.message}`);
  process.exit(3);
}
