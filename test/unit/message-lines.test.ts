import fc from 'fast-check';
import { formatMessageLine, parseMessageLine } from '../../lib/index';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

describe('formatMessageLine', () => {
  it.each([
    ['text', { type: 1, data: Buffer.from('grüße\n"\0') }, '{"type":1,"data":"grüße\\n\\"\\u0000"}'],
    ['bytes that are not UTF-8', { type: 2, data: Buffer.from([0xc3]) }, '{"type":2,"base64":"ww=="}'],
    ['an empty message', { type: 3, data: Buffer.alloc(0) }, '{"type":3,"data":""}'],
    ['a string', { type: 4, data: 'text' }, '{"type":4,"data":"text"}'],
    ['a small bigint', { type: 5n, data: '' }, '{"type":5,"data":""}'],
    ['a type past 2^53', { type: 2n ** 53n + 1n, data: '' }, '{"type":"9007199254740993","data":""}'],
  ])('writes %s', (_what, message, line) => {
    expect(formatMessageLine(message)).toBe(line);
  });

  it('writes the exact type of a message that was received', () => {
    const queue = newQueue();
    queue.trySend('x', { type: 2n ** 63n - 1n });
    const message = queue.tryReceive();
    expect(message && formatMessageLine(message)).toBe('{"type":"9223372036854775807","data":"x"}');
  });

  it.each([
    [{ type: 0, data: '' }, 'ERR_OUT_OF_RANGE'],
    [{ type: 1, data: { decoded: true } }, 'ERR_INVALID_ARG_TYPE'],
    [undefined, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses %p', (message, code) => {
    expect(() => formatMessageLine(message as never)).toThrow(expect.objectContaining({ code }));
  });
});

describe('parseMessageLine', () => {
  it.each([
    ['{"type":7,"data":"hello"}', { type: 7, data: 'hello' }],
    ['{"data":""}', { data: '' }],
    ['{"index":3,"data":"peeked"}', { data: 'peeked' }],
    ['{"type":"7","base64":"/w=="}', { type: 7, data: Buffer.from([0xff]) }],
    ['{"type":"9007199254740993","base64":""}', { type: 9007199254740993n, data: Buffer.alloc(0) }],
    [' {"type":"9223372036854775807","data":"\\ud83d\\ude00"}\r', { type: 2n ** 63n - 1n, data: '😀' }],
  ])('reads %s', (line, message) => {
    expect(parseMessageLine(line)).toEqual(message);
  });

  it.each([
    ['', 'not JSON'],
    ['{"type":1,"data":"cut o', 'not JSON'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{}', 'one of "data" and "base64"'],
    ['{"data":"a","base64":""}', 'one of "data" and "base64"'],
    ['{"tpye":1,"data":"a"}', 'the property "tpye"'],
    ['{"data":1}', '"data" must be a string'],
    ['{"data":"\\ud800"}', 'half a surrogate pair'],
    ['{"base64":"a"}', '"base64" must be'],
    ['{"base64":"/w"}', '"base64" must be'],
    ['{"base64":"/w==\\n"}', '"base64" must be'],
    ['{"base64":null}', '"base64" must be'],
    ['{"type":0,"data":""}', '"type" must be'],
    ['{"type":1.5,"data":""}', '"type" must be'],
    ['{"type":9007199254740993,"data":""}', '"type" must be'],
    ['{"type":"9223372036854775808","data":""}', '"type" must be'],
    ['{"type":"0x10","data":""}', '"type" must be'],
    ['{"type":null,"data":""}', '"type" must be'],
  ])('refuses %s', (line, reason) => {
    expect(() => parseMessageLine(line)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_VALUE',
        message: expect.stringContaining(reason),
      }),
    );
  });

  it('refuses what is not a string', () => {
    expect(() => parseMessageLine(1 as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  });
});

itSlow('every type and all bytes come back from their line', () => {
  const data = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'binary' }).map((text) => new Uint8Array(Buffer.from(text))),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), data, (type, bytes) => {
      const line = formatMessageLine({ type, data: bytes });
      const message = parseMessageLine(line);
      expect(line).not.toContain('\n');
      expect(BigInt(message.type as number)).toBe(type);
      expect(Buffer.from(message.data as string)).toEqual(Buffer.from(bytes));
    }),
  );
});

describe('where a C long has 32 bits', () => {
  // The modules find out when they are loaded; no C long is asked for.
  function loadedOn(arch: string): { parse: typeof parseMessageLine; type: (text: string) => unknown } {
    const real = process.arch;
    Object.defineProperty(process, 'arch', { value: arch });
    try {
      let modules: ReturnType<typeof loadedOn> | undefined;
      jest.isolateModules(() => {
        modules = {
          parse: require('../../lib/admin/message-lines').parseMessageLine,
          type: require('../../lib/cli/options/arguments').messageType,
        };
      });
      return modules as ReturnType<typeof loadedOn>;
    } finally {
      Object.defineProperty(process, 'arch', { value: real });
    }
  }

  it('types end at 2^31-1, in lines and in options', () => {
    const { parse, type } = loadedOn('arm');
    expect(parse('{"type":2147483647,"data":""}')).toEqual({ type: 2147483647, data: '' });
    expect(type('2147483647')).toBe(2147483647);
    for (const beyond of ['2147483648', '9007199254740993', '9223372036854775807']) {
      expect(() => parse(`{"type":${beyond},"data":""}`)).toThrow('"type" must be a number from 1 to 2^31-1');
      expect(() => parse(`{"type":"${beyond}","data":""}`)).toThrow('"type" must be a number from 1 to 2^31-1');
      expect(() => type(beyond)).toThrow('from 1 to 2147483647');
    }
  });

  it('and at 2^63-1 elsewhere', () => {
    const { parse, type } = loadedOn('arm64');
    expect(parse('{"type":"9223372036854775807","data":""}')).toEqual({ type: 2n ** 63n - 1n, data: '' });
    expect(type('9223372036854775807')).toBe(2n ** 63n - 1n);
  });
});
