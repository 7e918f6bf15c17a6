// A Unix socket between two processes, each message with four bytes of length before it. This file is also the partner.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beThePartner, serveChannel } from './channel.mjs';
import { startPartner } from './partner.mjs';
import { buffers } from './serve.mjs';

const LENGTH_BYTES = 4;

/** Cuts a stream of bytes into the messages that it is made of. */
function framesOf(socket, callback) {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
      if (end > bytes.length) break;
      callback(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    rest = bytes.subarray(at);
  });
}

function endOf(socket) {
  let callback = () => undefined;
  framesOf(socket, (data) => callback(data));
  const post = (data) => {
    const frame = Buffer.allocUnsafe(LENGTH_BYTES + data.length);
    frame.writeUInt32LE(data.length);
    frame.set(data, LENGTH_BYTES);
    return socket.write(frame) ? undefined : once(socket, 'drain');
  };
  return {
    post,
    payloads: buffers,
    readOrder: (data) => JSON.parse(data),
    objectOf: (data) => JSON.parse(data),
    fromObject: (object) => Buffer.from(JSON.stringify(object)),
    listen(listener) {
      callback = listener;
    },
    order: (bytes, count) => post(Buffer.from(JSON.stringify({ bytes, count }))),
  };
}

async function open(role) {
  const path = join(tmpdir(), `sysvmq-bench-${process.pid}.sock`);
  const server = createServer().listen(path);
  await once(server, 'listening');
  startPartner('unix-socket.mjs', 'partner', role, path);
  const [socket] = await once(server, 'connection');
  rmSync(path); // It is connected, and nobody else shall be.
  return endOf(socket);
}

const [mode, role, path] = process.argv.slice(2);
if (mode === 'partner') {
  const socket = connect(path);
  socket.once('close', () => process.exit(0));
  beThePartner(role, endOf(socket));
} else {
  await serveChannel(open);
}
