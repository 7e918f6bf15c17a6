// The process under test, and the one that starts it, makes its queues and changes their permissions.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inInitialUserNamespace } from '../../tools/harness/proc.cjs';

/** The owner of the queues that the process under test did not make: any user but root. */
const CREATOR = { uid: 54_321, gid: 54_321 };

// Without them root is to a queue what any user is.
const WITHOUT_RIGHTS = ['setpriv', '--clear-groups', '--bounding-set', '-ipc_owner,-sys_admin'];

/** Whether there can be an officer: it takes root of the initial user namespace to make another user's queue. */
export function mayHaveOfficer() {
  return process.getuid() === 0 && inInitialUserNamespace();
}

function asCreator(call) {
  process.setegid(CREATOR.gid);
  process.seteuid(CREATOR.uid);
  try {
    return call();
  } finally {
    process.seteuid(0);
    process.setegid(0);
  }
}

function answerer({ msgget, msgctl, IPC_PRIVATE, IPC_RMID, IPC_SET, MSG_STAT_ANY }) {
  const indexOf = (id) => id % 32_768;
  return {
    create(maxBytes) {
      const id = asCreator(() => msgget(IPC_PRIVATE, 0o600));
      const { msg_perm } = msgctl(indexOf(id), MSG_STAT_ANY);
      msgctl(id, IPC_SET, { msg_perm, msg_qbytes: maxBytes });
      return id;
    },
    change(id, { uid, gid, mode }) {
      const { msg_qbytes } = msgctl(indexOf(id), MSG_STAT_ANY);
      msgctl(id, IPC_SET, { msg_perm: { uid, gid, mode }, msg_qbytes });
    },
    remove: (id) => msgctl(id, IPC_RMID),
  };
}

/**
 * Runs a program, without rights of its own where `rights` is false, answers what it asks of the officer, and returns what
 * it has reported.
 */
export async function runWithOfficer(library, command, { rights, settings }) {
  const [program, ...args] = rights ? command : [...WITHOUT_RIGHTS, ...command];
  const child = spawn(program, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  const answers = answerer(library);
  let report;
  child.on('message', ({ number, call, args: callArgs, reported }) => {
    if (reported !== undefined) {
      report = reported;
      return;
    }
    try {
      child.send({ number, result: answers[call](...callArgs) });
    } catch (error) {
      child.send({ number, error: String(error) });
    }
  });
  child.send({ settings });
  const [status, signal] = await once(child, 'close');
  if (report === undefined) throw new Error(`the process under test ended with ${signal ?? `status ${status}`}`);
  return report;
}

/** The first message to the process that runWithOfficer has started. */
export async function settingsOfParent() {
  const [{ settings }] = await once(process, 'message');
  return settings;
}

/** What it reports last. */
export function reportToParent(reported) {
  process.send({ reported }, () => process.disconnect());
}

/** The officer, for the process that runWithOfficer has started. */
export function officerOfParent() {
  const asked = new Map();
  process.on('message', ({ number, result, error }) => {
    const { resolve, reject } = asked.get(number);
    asked.delete(number);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  let last = 0;
  const ask = (call, ...args) =>
    new Promise((resolve, reject) => {
      last += 1;
      asked.set(last, { resolve, reject });
      process.send({ number: last, call, args });
    });
  return {
    person: { uid: process.geteuid(), gid: process.getegid() },
    creator: CREATOR,
    create: (maxBytes) => ask('create', maxBytes),
    change: (id, change) => ask('change', id, change),
    remove: (id) => ask('remove', id),
  };
}
