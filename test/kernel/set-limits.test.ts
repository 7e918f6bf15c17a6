import { getLimits, LimitError, readProcLimits, setLimits } from '../../lib/index';
import { writeLimits } from '../../lib/kernel/set-limits';
import { inChild, nobody } from '../support/child';
import { failure } from '../support/failure';
import { readLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

const defaults = { msgmni: 32000, msgmax: 8192, msgmnb: 16384 };

describe('setLimits', () => {
  it.each(['msgmni', 'msgmax', 'msgmnb'] as const)('sets %s, and nothing else', (limit) => {
    setLimits({ [limit]: 4321 });
    expect(readProcLimits()).toEqual({ ...defaults, [limit]: 4321 });
    expect(readLimit(limit)).toBe(4321);
  });

  it('sets all three', () => {
    setLimits({ msgmni: 10, msgmax: 20, msgmnb: 30 });
    expect(readProcLimits()).toEqual({ msgmni: 10, msgmax: 20, msgmnb: 30 });
  });

  it('sets each to its own value in whatever order they are named', () => {
    setLimits({ msgmnb: 30, msgmax: 20, msgmni: 10 });
    expect(readProcLimits()).toEqual({ msgmni: 10, msgmax: 20, msgmnb: 30 });
  });

  it('returns the limits after the change', () => {
    newQueue();
    const limits = setLimits({ msgmax: 9000 });
    expect(limits).toEqual(getLimits());
    expect(limits).toMatchObject({ ...defaults, msgmax: 9000 });
  });

  it('leaves limits alone that are undefined', () => {
    setLimits({ msgmni: 10, msgmax: undefined } as never);
    expect(readProcLimits()).toEqual({ ...defaults, msgmni: 10 });
  });

  it('takes effect on the next call', () => {
    const queue = newQueue();
    setLimits({ msgmax: 3 });
    expect(failure(() => queue.trySend('four'))).toMatchObject({ name: 'MessageTooLargeError', limitValue: 3 });
    setLimits({ msgmax: 4 });
    expect(queue.trySend('four')).toBe(true);
  });

  itNeeds(otherUsers, 'fails with EACCES for an ordinary user, and changes nothing', async () => {
    const error = await inChild(
      ({ sysvmq, failure }) => failure(() => sysvmq.setLimits({ msgmni: 10, msgmax: 20, msgmnb: 30 })),
      undefined,
      { user: nobody },
    );
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EACCES',
      syscall: 'open',
      needed: 'permission to write /proc/sys/kernel/msgmni',
    });
    expect(error?.['errno']).toBeLessThan(0);
    expect(error?.['message']).toContain('this needs permission to write /proc/sys/kernel/msgmni');
    expect(readProcLimits()).toEqual(defaults);
  });

  // A file that may be read only, as containers have it, stands for what is refused after other files were opened.
  itSlow('changes nothing when only the last of the files may not be written', async () => {
    const error = await inChild(
      ({ sysvmq, require, failure }) => {
        const mount = (...args: string[]) => require('node:child_process').execFileSync('mount', args);
        mount('--bind', '/proc/sys/kernel/msgmnb', '/proc/sys/kernel/msgmnb');
        mount('-o', 'remount,bind,ro', '/proc/sys/kernel/msgmnb');
        return failure(() => sysvmq.setLimits({ msgmni: 10, msgmax: 20, msgmnb: 30 }));
      },
      undefined,
      { prefix: ['unshare', '--mount'] },
    );
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EROFS',
      needed: 'permission to write /proc/sys/kernel/msgmnb',
    });
    expect(readProcLimits()).toEqual(defaults);
  });

  it.each(['MSGMAX', 'msgmx', 'msgtql', 'msgpool', 'kernel.msgmax', '__proto__'])(
    'refuses the unknown name %s',
    (name) => {
      const limits = JSON.parse(`{ "msgmni": 10, "${name}": 20 }`);
      const error = failure(() => setLimits(limits));
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
      expect((error as TypeError).message).toContain(`"limits.${name}"`);
      expect(readProcLimits()).toEqual(defaults);
    },
  );

  it('sets none when one of them is out of range', () => {
    const error = failure(() => setLimits({ msgmni: 10, msgmax: 20, msgmnb: 2 ** 31 }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    expect(readProcLimits()).toEqual(defaults);
  });

  it.each([
    ['text', '100'],
    ['a bigint', 100n],
    ['null', null],
    ['true', true],
  ])('sets none when one is %s', (_, value) => {
    const error = failure(() => setLimits({ msgmni: 10, msgmax: value as never }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    expect(readProcLimits()).toEqual(defaults);
  });

  it.each([
    [[], TypeError],
    [{}, RangeError],
    [null, TypeError],
    [8192, TypeError],
  ])('refuses %j', (limits, errorClass) => {
    expect(() => setLimits(limits as never)).toThrow(errorClass as typeof TypeError);
    expect(readProcLimits()).toEqual(defaults);
  });
});

describe('a value that the kernel refuses', () => {
  it.each([0, 1, 2])('at place %d has the others put back', (place) => {
    const values: [limit: 'msgmni' | 'msgmax' | 'msgmnb', value: number][] = [
      ['msgmni', 10],
      ['msgmax', 20],
      ['msgmnb', 30],
    ];
    (values[place] as [string, number])[1] = 2 ** 31;

    const error = failure(() => writeLimits(values));

    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ code: 'EINVAL', requested: 2 ** 31, limit: values[place]?.[0].toUpperCase() });
    expect(readProcLimits()).toEqual(defaults);
  });
});
