// A client and its server in two processes. The server fails, is too slow, is killed and started again: the client notices
// what it must, and a request that lies in the queue does not.
//
//   node examples/request-server.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { codecs, MessageQueue, RemoteError, RequestClient, RequestServer, TimeoutError } from 'sysvmq';

const [role, id] = process.argv.slice(2);
if (role === 'server') {
  serve(MessageQueue.attach(Number(id), { codec: codecs.json() }));
} else {
  await ask();
}

/** The server. One request at a time, so that the others stay in the queue. */
function serve(requests) {
  const handler = async ({ text, takes = 0 }, { signal }) => {
    if (typeof text !== 'string') throw new TypeError('there is no text');
    await pause(takes, undefined, { signal }); // The signal is aborted when the client has canceled.
    return { text: text.toUpperCase(), pid: process.pid };
  };
  const server = new RequestServer(requests, handler, { concurrency: 1 });
  process.once('SIGTERM', () => server.close());
}

function startServer(requests) {
  const args = [fileURLToPath(import.meta.url), 'server', String(requests.id)];
  return spawn(process.execPath, args, { stdio: 'inherit' });
}

async function stop(server, signal) {
  const ended = once(server, 'exit');
  server.kill(signal);
  const [code, by] = await ended;
  console.log(`server ${server.pid} has ended: ${by ?? `status ${code}`}`);
}

/** The client. */
async function ask() {
  const requests = MessageQueue.createPrivate({ codec: codecs.json() });
  const client = new RequestClient(requests, { timeout: 20_000 });
  const request = async (data, options) => {
    const { text, pid } = await client.request(data, options);
    console.log(`client ${process.pid}: "${data.text}" was answered by server ${pid}: "${text}"`);
  };
  try {
    const first = startServer(requests);
    await request({ text: 'hello' });

    await request({ number: 5 }).catch((error) => {
      if (!(error instanceof RemoteError)) throw error;
      console.log(`client ${process.pid}: the server threw a ${error.remoteName}: ${error.message}`);
    });

    await request({ text: 'slow', takes: 60_000 }, { timeout: 50 }).catch((error) => {
      if (!(error instanceof TimeoutError)) throw error;
      console.log(`client ${process.pid}: ${error.code}, the request was ${error.requestSent ? '' : 'not '}sent`);
    });

    // While the server is killed two requests lie in the queue. The next server answers them.
    const lost = request({ text: 'lost', takes: 60_000 }, { timeout: 2000 }).catch(({ code }) => code);
    const waiting = [request({ text: 'waits in the queue' }), request({ text: 'so does this' })];
    while (requests.stat().messageCount !== 2) await pause(1);
    await stop(first, 'SIGKILL');
    const second = startServer(requests);
    await Promise.all(waiting);
    console.log(`client ${process.pid}: what it was handling is lost: ${await lost}`);

    await stop(second, 'SIGTERM');
    console.log(`client ${process.pid}: ${client.stats.replies} of ${client.stats.sent} requests were answered`);
  } finally {
    client.close();
    requests.remove();
  }
}
