// The C calls through Node's own foreign function interface, which newer lines have behind --experimental-ffi.
import ffi from 'node:ffi';
import { buffers, checkMessage, now, PAYLOADS, serve } from './serve.mjs';

const IPC_PRIVATE = 0;
const IPC_NOWAIT = 0o4000;
const TYPE_BYTES = 8;
const MAX_BYTES = 8192;

const { functions: libc } = ffi.dlopen('libc.so.6', {
  msgget: { return: 'int32', arguments: ['int32', 'int32'] },
  msgsnd: { return: 'int32', arguments: ['int32', 'buffer', 'uint64', 'int32'] },
  msgrcv: { return: 'int64', arguments: ['int32', 'buffer', 'uint64', 'int64', 'int32'] },
});

function check(result) {
  if (result < 0) throw new Error('a call has failed');
  return Number(result);
}

const id = check(libc.msgget(IPC_PRIVATE, 0o600));
const outgoing = Buffer.alloc(TYPE_BYTES + MAX_BYTES);
outgoing.writeBigInt64LE(1n);
const incoming = Buffer.alloc(TYPE_BYTES + MAX_BYTES);

function send(data) {
  outgoing.set(data, TYPE_BYTES);
  check(libc.msgsnd(id, outgoing, BigInt(data.length), IPC_NOWAIT));
}

function receive() {
  const length = check(libc.msgrcv(id, incoming, BigInt(MAX_BYTES), 0n, IPC_NOWAIT));
  return Buffer.from(incoming.subarray(TYPE_BYTES, TYPE_BYTES + length));
}

function pair(bytes, count) {
  const payloads = buffers(bytes);
  let data;
  const start = now();
  for (let i = 0; i < count; i++) {
    send(payloads[i % PAYLOADS]);
    data = receive();
  }
  const elapsed = now() - start;
  checkMessage(data, bytes, count - 1);
  return elapsed;
}

await serve(`Node ${process.versions.node}`, { pair });
