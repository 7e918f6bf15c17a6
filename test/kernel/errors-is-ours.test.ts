import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { isMessageQueueError, type MessageQueue, MessageQueueError, msgctl, msgget, msgrcv } from '../../lib/index';
import { failure } from '../support/failure';
import { freshKey, newQueue } from '../support/queues';

function closedQueue(): MessageQueue {
  const queue = newQueue();
  queue.close();
  return queue;
}

type ErrorClasses = typeof import('../../lib/core/errors');

/** The error classes of the built library, in a realm of their own (with Buffer and process of this one). */
function errorClassesOfAnotherRealm(): ErrorClasses {
  const path = join(__dirname, '..', '..', 'dist', 'sysvmq.js');
  const source = readFileSync(path, 'utf8');
  const require = createRequire(path);
  const module = { exports: {} };
  const load = runInContext(`(function (exports, require, module) { ${source} })`, createContext({ Buffer, process }));
  load(module.exports, require, module);
  return module.exports as ErrorClasses;
}

describe('isMessageQueueError', () => {
  it.each<[what: string, call: () => unknown]>([
    ['a call of the kernel', () => msgget(freshKey())],
    ['a closed handle', () => closedQueue().stat()],
  ])('holds for the error of %s', (_, call) => {
    expect(isMessageQueueError(failure(call))).toBe(true);
  });

  it('holds for an error of another copy of the library', () => {
    let copy: ErrorClasses | undefined;
    jest.isolateModules(() => {
      copy = require('../../lib/core/errors');
    });
    const error = new (copy as ErrorClasses).QueueClosedError(1);
    expect(error).not.toBeInstanceOf(MessageQueueError);
    expect(isMessageQueueError(error)).toBe(true);
  });

  it('holds for an error of another copy of the library, in another realm', () => {
    const error = new (errorClassesOfAnotherRealm().QueueClosedError)(1);
    expect(error).not.toBeInstanceOf(Error);
    expect(isMessageQueueError(error)).toBe(true);
  });

  it('holds for an object of another realm that has the symbol', () => {
    const error = runInContext(
      'Object.assign(new Error("full"), { [Symbol.for("sysvmq.MessageQueueError")]: true })',
      createContext({}),
    );
    expect(isMessageQueueError(error)).toBe(true);
  });

  it.each<[what: string, value: unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a string', 'EAGAIN'],
    ['a number', -11],
    ['an Error', new Error('EAGAIN')],
    ['an error of Node', Object.assign(new Error('full'), { code: 'EAGAIN', errno: -11, syscall: 'msgsnd' })],
    ['a plain object', { name: 'QueueFullError', code: 'EAGAIN', errno: -11, syscall: 'msgsnd' }],
    ['an object with the symbol, but not true', { [Symbol.for('sysvmq.MessageQueueError')]: 1 }],
    ['the class', MessageQueueError],
    ['an object without a prototype', Object.create(null)],
  ])('does not hold for %s', (_, value) => {
    expect(isMessageQueueError(value)).toBe(false);
  });

  it.each<[what: string, name: string, call: () => unknown]>([
    ['TypeError', 'TypeError', () => msgget('key' as never)],
    ['RangeError', 'RangeError', () => msgrcv(-1)],
    ['RangeError of an unknown command', 'RangeError', () => msgctl(0, 99 as never)],
  ])('does not hold for the %s of a wrong argument', (_, name, call) => {
    const error = failure(call);
    expect(error).toMatchObject({ name });
    expect(isMessageQueueError(error)).toBe(false);
  });
});
