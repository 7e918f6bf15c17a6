// Between a bridge and its engine: connections that are cut, and holes in which everything disappears.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export async function startProxy(target) {
  const sockets = new Set();
  const proxy = { isHole: false };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('data', (chunk) => {
        if (proxy.isHole || other.write(chunk)) return;
        socket.pause();
        other.once('drain', () => socket.resume());
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.port = server.address().port;
  proxy.cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  proxy.close = () => {
    proxy.cut();
    server.close();
  };
  return proxy;
}
