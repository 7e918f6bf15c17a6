// The C calls through koffi, a foreign function interface. A user's data is copied in, and out into a fresh Buffer, as any
// program has to that keeps what it receives; "reused" is what is left when it does not.
import koffi from 'koffi';
import { buffers, checkMessage, now, PAYLOADS, serve, versionOf } from './serve.mjs';

const IPC_PRIVATE = 0;
const IPC_NOWAIT = 0o4000;
const TYPE_BYTES = 8;
const MAX_BYTES = 65536;

const libc = koffi.load('libc.so.6');
const msgget = libc.func('int msgget(int key, int msgflg)');
const msgsnd = libc.func('int msgsnd(int msqid, const void *msgp, size_t msgsz, int msgflg)');
const msgrcv = libc.func('intptr_t msgrcv(int msqid, void *msgp, size_t msgsz, long msgtyp, int msgflg)');

function check(result) {
  if (result < 0) throw new Error(`errno ${koffi.errno()}`);
  return result;
}

const id = check(msgget(IPC_PRIVATE, 0o600));
const outgoing = Buffer.alloc(TYPE_BYTES + MAX_BYTES);
outgoing.writeBigInt64LE(1n);
const incoming = Buffer.alloc(TYPE_BYTES + MAX_BYTES);

function send(data) {
  outgoing.set(data, TYPE_BYTES);
  check(msgsnd(id, outgoing, data.length, IPC_NOWAIT));
}

function receive() {
  const length = check(msgrcv(id, incoming, MAX_BYTES, 0, IPC_NOWAIT));
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

function pairReused(bytes, count) {
  outgoing.fill('a', TYPE_BYTES);
  const start = now();
  for (let i = 0; i < count; i++) {
    check(msgsnd(id, outgoing, bytes, IPC_NOWAIT));
    check(msgrcv(id, incoming, MAX_BYTES, 0, IPC_NOWAIT));
  }
  const elapsed = now() - start;
  checkMessage(incoming.subarray(TYPE_BYTES, TYPE_BYTES + bytes), bytes, 0);
  return elapsed;
}

await serve(versionOf('koffi'), { pair, 'pair-reused': pairReused });
