// The limits and their use as msgctl tells them: no file, no permission and no queue needed.
//
//   node examples/limits-from-ipc-info.mjs
import { getUsage, IPC_INFO, MSG_INFO, msgctl } from 'sysvmq';

const limits = msgctl(0, IPC_INFO);
console.log('msgctl(IPC_INFO): the limits');
console.log(`  msgmni  ${limits.msgmni}  queues in this IPC namespace`);
console.log(`  msgmax  ${limits.msgmax}  bytes of one message`);
console.log(`  msgmnb  ${limits.msgmnb}  bytes of a new queue`);
console.log(`  msgtql  ${limits.msgtql}  (messages in all queues: shown, and not enforced on Linux)`);
console.log(`  msgpool ${limits.msgpool}  (KiB for all messages: shown, and not enforced on Linux)`);

const used = msgctl(0, MSG_INFO);
console.log('msgctl(MSG_INFO): what is used of them');
console.log(`  queues   ${used.msgpool}`);
console.log(`  messages ${used.msgmap}`);

const { bytes, against } = getUsage();
console.log('getUsage(): the same against the limits, exact past 2 GiB');
console.log(
  `  queues   ${against.queues.used} of ${against.queues.limit} (${(against.queues.ratio * 100).toFixed(2)} %)`,
);
console.log(`  bytes    ${bytes} of ${against.bytes.limit} in all queues together`);
