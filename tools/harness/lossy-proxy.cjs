// A TCP proxy between a bridge and its engine: connections that are cut, and holes in which everything disappears.
// CommonJS, because Jest loads it too.
const { once } = require('node:events');
const { connect, createServer } = require('node:net');

/**
 * A proxy before a port of this machine. close() ends it. `holesFrom` is the number of the first connection, from 1 on, that is a hole
 * even if the others are not.
 */
exports.startLossyProxy = async (target) => {
  const sockets = new Set();
  const proxy = { port: 0, swallowAnswers: false, isHole: false, holesFrom: Number.POSITIVE_INFINITY };
  let connections = 0;
  const server = createServer((client) => {
    const number = ++connections;
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
        const isLost = proxy.isHole || number >= proxy.holesFrom || (proxy.swallowAnswers && socket === upstream);
        if (isLost || other.write(chunk)) return;
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
};
