// Receives C structs. The program in C is compiled and run here: it takes gcc.
//
//   node examples/recipes/c-structs.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codecs, MessageQueue } from 'sysvmq';

const order = codecs.struct({ id: 'int32', price: 'double', customer: ['char', 16] });
const queue = MessageQueue.createPrivate({ codec: order, autoRemove: true });

const folder = mkdtempSync(join(tmpdir(), 'orders-'));
try {
  const program = join(folder, 'orders');
  execFileSync('gcc', ['-o', program, fileURLToPath(new URL('orders.c', import.meta.url))]);
  execFileSync(program, [String(queue.id)]);
} finally {
  rmSync(folder, { recursive: true });
}

for (const { data } of queue.tryReceiveMany()) console.log(`order ${data.id} of ${data.customer}: ${data.price}`);
queue.close();
