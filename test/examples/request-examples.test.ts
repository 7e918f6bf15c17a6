/** Runs the examples of requests and replies as their reader would. */

import { runExample } from '../support/examples';
import { remainingQueues } from '../support/namespace';
import { itSlow } from '../support/slow';

itSlow('request-server shows its client what fails, and the next server answers what lay in the queue', () => {
  const output = runExample('request-server.mjs');
  const servers = [...output.matchAll(/was answered by server (\d+)/g)].map(([, pid]) => pid);
  expect(servers).toHaveLength(3);
  const [first, second] = new Set(servers);
  expect(servers).toEqual([first, second, second]);
  expect(second).toBeDefined();
  const lines = output.trim().split('\n');
  expect(lines.map((line) => line.replace(/\d+(?=:)|(?<=server )\d+/g, 'N'))).toEqual([
    'client N: "hello" was answered by server N: "HELLO"',
    'client N: the server threw a TypeError: there is no text',
    'client N: ETIMEDOUT, the request was sent',
    'server N has ended: SIGKILL',
    'client N: "waits in the queue" was answered by server N: "WAITS IN THE QUEUE"',
    'client N: "so does this" was answered by server N: "SO DOES THIS"',
    'client N: what it was handling is lost: ETIMEDOUT',
    'server N has ended: status 0',
    'client N: 4 of 6 requests were answered',
  ]);
  expect(remainingQueues()).toEqual([]);
});
