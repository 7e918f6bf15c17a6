/** What docs/interop.md says of other languages, measured: how messages are lost, cut or stuck when one is careless. */

import { execFileSync } from 'node:child_process';
import { ftok, MessageQueue } from '../../lib/index';
import { languages } from '../support/languages';
import { itNeeds, type Need } from '../support/needs';
import { newQueue, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

const needOf = (language: string): Need => languages.find(({ name }) => name === language)?.need as Need;
const phpNeed = needOf('PHP');
const pythonNeed = needOf('Python');
const perlNeed = needOf('Perl');

/** What the program prints, read as JSON. */
function run(command: string, args: string[]): unknown {
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

/** Runs PHP code that finds the queue in $q. */
function runPhp(queue: MessageQueue, code: string): unknown {
  return run('php', ['-d', 'display_errors=stderr', '-r', `$q = msg_get_queue(${queue.key}); ${code}`]);
}

/** Runs lines of Python that find the queue's key in `key`, up to an error, whose class and text it prints. */
function runPython(queue: MessageQueue, lines: string): unknown {
  const indented = lines.trim().replaceAll(/^\s*/gm, '    ');
  const program = `import json, sysv_ipc\nkey = ${queue.key}\ntry:\n${indented}\nexcept Exception as error:\n    print(json.dumps([type(error).__name__, str(error)]))`;
  return run('/usr/bin/python3', ['-c', program]);
}

describe('ftok of another language gives the key that it gives here:', () => {
  const expected = ftok(__filename, 'R');

  itNeeds(slow(phpNeed), 'PHP', () => {
    expect(run('php', ['-r', `echo ftok('${__filename}', 'R');`])).toBe(expected);
  });

  itNeeds(pythonNeed, 'Python', () => {
    const code = `import sysv_ipc; print(sysv_ipc.ftok('${__filename}', ord('R'), silence_warning=True))`;
    expect(run('/usr/bin/python3', ['-c', code])).toBe(expected);
  });

  itNeeds(perlNeed, 'Perl', () => {
    expect(run('perl', ['-e', `use IPC::SysV 'ftok'; print ftok('${__filename}', ord 'R')`])).toBe(expected);
  });
});

describe('PHP', () => {
  itNeeds(phpNeed, 'serializes each message, unless an argument says not to', () => {
    const queue = newQueue();
    runPhp(queue, 'msg_send($q, 1, "plain"); msg_send($q, 2, "plain", false); echo "true";');
    expect(queue.tryReceiveMany().map(({ data }) => String(data))).toEqual(['s:5:"plain";', 'plain']);
  });

  itNeeds(phpNeed, 'loses a message that it cannot unserialize, and calls that no error in its error code', () => {
    const queue = newQueue();
    queue.trySend('plain');
    expect(
      runPhp(queue, '$ok = msg_receive($q, 0, $t, 100, $m, true, 0, $e); echo json_encode([$ok, $m, $e]);'),
    ).toEqual([false, false, 0]);
    expect(queue.stat().messageCount).toBe(0);
  });

  itNeeds(phpNeed, 'leaves a message that is longer than it asked for where it is', () => {
    const queue = newQueue();
    queue.trySend('longer');
    expect(
      runPhp(queue, '$ok = msg_receive($q, 0, $t, 2, $m, false, 0, $e); echo json_encode([$ok, $m, $e]);'),
    ).toEqual([false, false, 7]);
    expect(queue.stat().messageCount).toBe(1);
  });

  itNeeds(phpNeed, 'sends numbers and booleans as text when it does not serialize, and no arrays', () => {
    const queue = newQueue();
    const code =
      'foreach ([42, 1.5, true] as $v) msg_send($q, 1, $v, false); try { msg_send($q, 1, [1], false); } catch (TypeError $e) { echo "true"; }';
    expect(runPhp(queue, code)).toBe(true);
    expect(queue.tryReceiveMany().map(({ data }) => String(data))).toEqual(['42', '1.500000', '1']);
  });

  itNeeds(slow(phpNeed), 'cuts a key to 32 bits silently', () => {
    const queue = newQueue();
    queue.trySend('found');
    expect(
      run('php', [
        '-r',
        `msg_receive(msg_get_queue(${2 ** 32 + queue.key}), 0, $t, 9, $m, false); echo json_encode($m);`,
      ]),
    ).toBe('found');
  });
});

describe('Python', () => {
  itNeeds(
    slow(pythonNeed),
    'leaves a message of more than 2048 bytes stuck at the head, unless max_message_size is larger',
    () => {
      const queue = newQueue();
      queue.trySend(Buffer.alloc(2049, 'x'));
      queue.trySend('next');
      const receive = 'q = sysv_ipc.MessageQueue(key)\nprint(json.dumps(q.receive()[0].decode()))';
      expect(runPython(queue, receive)).toEqual(['OSError', '[Errno 7] Argument list too long']);
      expect(queue.stat().messageCount).toBe(2);
      const told = 'q = sysv_ipc.MessageQueue(key, max_message_size=8192)\nprint(len(q.receive()[0]))';
      expect(runPython(queue, told)).toBe(2049);
    },
  );

  itNeeds(slow(pythonNeed), 'receives types of more than 31 bits, but neither sends nor selects them', () => {
    const queue = newQueue();
    queue.trySend('wide', { type: 2n ** 40n });
    const overflow = ['OverflowError', 'signed integer is greater than maximum'];
    expect(runPython(queue, 'sysv_ipc.MessageQueue(key).receive(type=2**40)')).toEqual(overflow);
    expect(runPython(queue, 'sysv_ipc.MessageQueue(key).send(b"x", type=2**31)')).toEqual(overflow);
    expect(runPython(queue, 'print(sysv_ipc.MessageQueue(key).receive()[1])')).toBe(2 ** 40);
  });

  itNeeds(pythonNeed, 'calls the same removal by two different errors', () => {
    const removed = (call: string): unknown =>
      runPython(newQueue(), `q = sysv_ipc.MessageQueue(key)\nq.remove()\n${call}`);
    expect(removed('q.send(b"x")')).toEqual(['OSError', '[Errno 22] Invalid argument']);
    expect(removed('q.receive()')).toEqual(['ExistentialError', 'The queue no longer exists']);
  });
});

describe('Perl', () => {
  itNeeds(perlNeed, 'makes another key of one that is not signed', () => {
    removeAfterTest(run('perl', ['-e', 'print msgget(0xdeadbeef, 0600 | 01000) + 0']) as number);
    expect(MessageQueue.exists(0xdeadbeef)).toBe(false);
  });

  itNeeds(perlNeed, 'dies of characters above U+00FF', () => {
    const code = String.raw`eval { msgsnd(0, pack('l! a*', 1, "\x{263a}"), 04000) }; print '"', $@ =~ /^Wide character/, '"'`;
    expect(run('perl', ['-e', code])).toBe('1');
  });

  itNeeds(perlNeed, 'receives the type in front of the bytes', () => {
    const queue = newQueue();
    queue.trySend('text', { type: 5 });
    const code = `msgrcv(msgget(${queue.key}, 0), $m, 100, 0, 0); print '"', unpack('H*', $m), '"'`;
    expect(run('perl', ['-e', code])).toBe(`05${'00'.repeat(7)}${Buffer.from('text').toString('hex')}`);
  });
});
