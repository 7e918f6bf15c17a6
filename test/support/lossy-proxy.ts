/** A TCP proxy between a bridge and its engine: connections that are cut, and holes in which everything disappears. */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { beforeQueuesGo } from './queues';

class LossyProxy {
  readonly port: number;
  /** What the server says disappears. */
  swallowAnswers = false;
  /** Everything disappears. */
  isHole = false;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as { port: number }).port;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

/** A proxy before a port; it goes with the test. */
export async function lossyProxy(target: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('data', (chunk) => {
        const isLost = proxy.isHole || (proxy.swallowAnswers && socket === upstream);
        if (!isLost && !other.write(chunk)) {
          socket.pause();
          other.once('drain', () => socket.resume());
        }
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = new LossyProxy(server, sockets);
  beforeQueuesGo(() => proxy.close());
  return proxy;
}
