// Serves metrics of queues over HTTP, for Prometheus to scrape. It needs the package prom-client (npm install prom-client).
//
//   node examples/metrics-server.mjs [PORT]     then: curl http://127.0.0.1:PORT/metrics
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import promClient from 'prom-client';
import { codecs, MessageQueue } from 'sysvmq';
import { collectQueueMetrics } from 'sysvmq/metrics';

const orders = MessageQueue.createPrivate({ codec: codecs.json(), autoRemove: true });
const invoices = MessageQueue.createPrivate({ codec: codecs.json(), autoRemove: true });
collectQueueMetrics({ queues: { orders, invoices } });

const server = createServer(async (request, response) => {
  if (request.url !== '/metrics') {
    response.writeHead(404).end('Look at /metrics.\n');
    return;
  }
  try {
    const metrics = await promClient.register.metrics();
    response.writeHead(200, { 'content-type': promClient.register.contentType }).end(metrics);
  } catch (error) {
    response.writeHead(500).end(`${error.message}\n`);
  }
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`metrics of queues ${orders.id} and ${invoices.id}: http://127.0.0.1:${server.address().port}/metrics`);
});

// Something to see: every order becomes an invoice, and every fifth invoice is collected.
let ended = false;
async function work() {
  for (let number = 1; !ended; number++) {
    await orders.send({ number });
    const { data } = await orders.receive();
    invoices.trySend({ order: data.number, cents: data.number * 100 });
    if (number % 5 === 0) invoices.tryReceiveMany({ max: 5 });
    await pause(10);
  }
}
const working = work();

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    ended = true;
    server.close();
    server.closeAllConnections();
    await working;
    for (const queue of [orders, invoices]) queue.close(); // autoRemove removes the queues.
  });
}
