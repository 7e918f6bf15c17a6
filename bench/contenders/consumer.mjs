// Announces itself in the second queue, then receives the messages of the first one forever (see c/consumers.c).
import { MessageQueue } from '../../dist/index.js';

const [queue, ready] = process.argv.slice(2).map((id) => MessageQueue.attach(Number(id)));
await ready.send('ready');
for await (const { data } of queue) if (data.length === 0) break;
