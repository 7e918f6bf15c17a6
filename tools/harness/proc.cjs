// Readers of /proc. CommonJS, because Jest loads it too. Each reads what the kernel says at that moment, and none of
// them uses the library.
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');

// include/uapi/asm-generic/unistd.h and arch/x86/entry/syscalls/syscall_64.tbl.
const SYSCALL_NUMBERS = {
  x64: { msgsnd: '69', msgrcv: '70', futex: '202' },
  arm64: { msgsnd: '189', msgrcv: '188', futex: '98' },
};

/** The number of a system call, as /proc writes it. */
exports.syscallNumber = (name) => {
  const number = SYSCALL_NUMBERS[process.arch]?.[name];
  if (number === undefined) throw new Error(`the number of ${name} on ${process.arch} is not known`);
  return number;
};

/** A field of /proc/PID/status, or of one thread's; undefined where there is no such field. */
exports.statusField = (field, pid = 'self', thread = undefined) => {
  const path = thread === undefined ? `/proc/${pid}/status` : `/proc/${pid}/task/${thread}/status`;
  return new RegExp(`^${field}:[ \t]*(.*)$`, 'm').exec(readFileSync(path, 'latin1'))?.[1]?.trim();
};

/** The effective capabilities of this process, a bit each (include/uapi/linux/capability.h). */
exports.effectiveCapabilities = () => BigInt(`0x${exports.statusField('CapEff') ?? '0'}`);

/** Whether this process is in the initial user namespace. A container's root is often in another, with fewer rights. */
exports.inInitialUserNamespace = () => {
  const [inside, outside, count] = readFileSync('/proc/self/uid_map', 'latin1').trim().split(/\s+/);
  return inside === '0' && outside === '0' && count === '4294967295';
};

/** The first processor on which this process may run. */
exports.firstProcessor = () => /^\d+/.exec(exports.statusField('Cpus_allowed_list'))[0];

/** The ids of the threads of a process. */
exports.threadsOf = (pid = 'self') => readdirSync(`/proc/${pid}/task`);

/** A file of a thread's: comm, status, syscall. Empty when the thread has ended. */
exports.readThread = (pid, thread, file) => {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'latin1').trim();
  } catch {
    return '';
  }
};

/** The number of the system call in which a thread waits; undefined while it runs, and once it has ended. */
exports.syscallOfThread = (pid, thread) => /^\d+/.exec(exports.readThread(pid, thread, 'syscall'))?.[0];

/** The ids of all queues of the namespace. */
exports.queueIds = () => {
  const [, ...lines] = readFileSync('/proc/sysvipc/msg', 'latin1').trim().split('\n');
  return lines.map((line) => Number(line.trim().split(/\s+/)[1]));
};

/** One of the namespace's limits: msgmni, msgmax, msgmnb. */
exports.readLimit = (name) => Number(readFileSync(`/proc/sys/kernel/${name}`, 'latin1'));

exports.writeLimit = (name, value) => writeFileSync(`/proc/sys/kernel/${name}`, String(value));
