// Ports of this machine, for servers that a test, a trial or a benchmark starts.
// CommonJS, because Jest loads it too.
const { once } = require('node:events');
const { connect, createServer } = require('node:net');

/** A loopback port that no process listens at. */
exports.freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

/** Whether a process listens there. */
exports.answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
