/** codecs.struct(): messages that are exchanged with a program in C, which compares each field with what it should be. */

import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Codec, codecs } from '../../lib/index';
import { C_HEADERS, makeStruct } from '../support/c-structs';
import { newQueue } from '../support/queues';
import { withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const STRUCTS = 60;

function runC(source: string, args: string[]): { status: number | null; stderr: string } {
  const folder = temporaryFolder();
  const [file, executable] = [join(folder, 'peer.c'), join(folder, 'peer')];
  writeFileSync(file, C_HEADERS + source);
  execFileSync('gcc', ['-std=gnu11', '-O1', '-w', '-o', executable, file], { stdio: 'pipe' });
  const { status, stderr } = spawnSync(executable, args, { encoding: 'utf8' });
  return { status, stderr };
}

itSlow('a program in C and codecs.struct() read what the other has sent, whatever the struct', async () => {
  await withSeed(async (random) => {
    const made = Array.from({ length: STRUCTS }, () => {
      const struct = makeStruct(random);
      return { ...struct, ...struct.type.value(random) };
    });
    const cases = made.map(({ declaration, literal, type }, index) => {
      const name = `s${index}`;
      return `${declaration(name)}
        static const struct ${name} expected_${name} = ${literal};
        static void send_${name}(int id) {
          struct { long mtype; struct ${name} body; } message = { ${index + 1}, expected_${name} };
          if (msgsnd(id, &message, sizeof message.body, IPC_NOWAIT) < 0) { perror("msgsnd"); exit(1); }
        }
        static void check_${name}(int id) {
          struct { long mtype; struct ${name} body; } message;
          ssize_t length = msgrcv(id, &message, sizeof message.body, ${index + 1}, IPC_NOWAIT);
          if (length != sizeof message.body) { fprintf(stderr, "${name}: length %zd\\n", length); exit(1); }
          const struct ${name} *one = &message.body, *other = &expected_${name};
          if (!(${type.same('(*one)', '(*other)', 0)})) { fprintf(stderr, "${name}\\n"); exit(1); }
        }`;
    });
    const calls = (what: string): string => made.map((_, index) => `${what}_s${index}(id);`).join(' ');
    const source = `${cases.join('\n')}
      int main(int argc, char **argv) {
        int id = atoi(argv[1]);
        ${calls('check')}
        ${calls('send')}
        return 0;
      }`;
    const codec = codecs.byType(
      Object.fromEntries(
        made.map(({ fields, packed }, index) => [index + 1, codecs.struct(fields, { packed })]),
      ) as Record<number, Codec<unknown>>,
    );
    const queue = newQueue({ codec });
    made.forEach(({ value }, index) => {
      queue.sendSync(value as never, { type: index + 1, nowait: true });
    });
    expect(runC(source, [String(queue.id)])).toEqual({ status: 0, stderr: '' });
    made.forEach(({ value }, index) => {
      expect({ index, data: queue.receiveSync({ type: index + 1, nowait: true }).data }).toEqual({
        index,
        data: value,
      });
    });
  });
});

it("a message of sizeof(message) - sizeof(long) is read, with the padding that C's idiom adds", () => {
  const queue = newQueue({ codec: codecs.struct({ id: 'int32' }) });
  const source = `int main(int argc, char **argv) {
      struct { long mtype; int32_t id; } message = { 1, 7 };
      return msgsnd(atoi(argv[1]), &message, sizeof message - sizeof(long), IPC_NOWAIT);
    }`;
  expect(runC(source, [String(queue.id)]).status).toBe(0);
  expect(queue.stat().usedBytes).toBe(8);
  expect(queue.tryReceive()?.data).toEqual({ id: 7 });
});

itSlow('a message whose size counts mtype, which is the common mistake, is a DecodeError that says so', () => {
  const queue = newQueue({ codec: codecs.struct({ id: 'int64', other: 'int64' }) });
  const source = `int main(int argc, char **argv) {
      struct { long mtype; int64_t id, other, more[8]; } message = { 1, 7, 8 };
      return msgsnd(atoi(argv[1]), &message, 24, IPC_NOWAIT);
    }`;
  expect(runC(source, [String(queue.id)]).status).toBe(0);
  expect(() => queue.tryReceive()).toThrow(
    /does not decode: the struct has 16 bytes, and the message 24: msgsnd's size must not count mtype, a long of 8 bytes/,
  );
});
