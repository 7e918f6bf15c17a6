// delay PORT MILLISECONDS: hands everything on to a port of this machine, so much later in each direction. Says its own port.
import { connect, createServer } from 'node:net';

const [port, milliseconds] = process.argv.slice(2).map(Number);

function pass(from, to) {
  const waiting = [];
  const flush = () => {
    const now = performance.now();
    while (waiting.length > 0 && waiting[0].due <= now) to.write(waiting.shift().chunk);
    if (waiting.length > 0) setTimeout(flush, Math.max(1, waiting[0].due - now));
  };
  from.on('data', (chunk) => {
    if (waiting.push({ chunk, due: performance.now() + milliseconds }) === 1) setTimeout(flush, milliseconds);
  });
  from.on('error', () => undefined);
  from.on('close', () => to.destroy());
}

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
  pass(client, upstream);
  pass(upstream, client);
}).listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume().on('end', () => process.exit(0));
