/** codecs.json({ schema }): schemas of Standard Schema, of the libraries that people use and by hand. */

import { codecs, DecodeError, MessageQueue, type StandardSchema } from '../../lib/index';
import { failureOf } from '../support/failure';
import { newQueue } from '../support/queues';

const { z } = require('zod');
const v = require('valibot');

type Job = { id: number; tags: string[] };

const schemas: [string, StandardSchema<unknown, Job>][] = [
  ['Zod', z.object({ id: z.number().int(), tags: z.array(z.string()).max(3) })],
  ['Valibot', v.object({ id: v.pipe(v.number(), v.integer()), tags: v.pipe(v.array(v.string()), v.maxLength(3)) })],
];

function byHand(validate: (value: unknown) => unknown): StandardSchema<unknown, unknown> {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } };
}

function receivedWith(schema: StandardSchema, text: string): unknown {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySend(text);
  return MessageQueue.attach(queue.id, { codec: codecs.json({ schema }) }).tryReceive()?.data;
}

describe.each(schemas)('%s', (_, schema) => {
  it('a message that the schema accepts is its value', () => {
    const queue = newQueue({ codec: codecs.json({ schema }) });
    queue.trySend({ id: 7, tags: ['a'] });
    expect(queue.tryReceive()?.data).toEqual({ id: 7, tags: ['a'] });
  });

  it('a message that the schema refuses is a DecodeError with its issues and bytes', () => {
    const text = '{"id":7.5,"tags":["a",5]}';
    const error = failureOf(() => receivedWith(schema, text)) as DecodeError & Record<string, unknown>;
    expect(error).toBeInstanceOf(DecodeError);
    expect(error.issues).toHaveLength(2);
    expect(error.message).toMatch(/does not decode: id: .+; tags\[1\]: /);
    expect(error.raw.toString()).toBe(text);
  });

  it('a message that is no JSON is a DecodeError without issues', () => {
    const error = failureOf(() => receivedWith(schema, '{')) as DecodeError & Record<string, unknown>;
    expect(error).toBeInstanceOf(DecodeError);
    expect(error.issues).toBeUndefined();
  });
});

it('an asynchronous schema is refused in words, and its rejection ends nothing', async () => {
  for (const schema of [
    z.object({ id: z.number().refine(async () => true) }),
    v.objectAsync({
      id: v.pipeAsync(
        v.number(),
        v.checkAsync(async () => true),
      ),
    }),
    byHand(() => Promise.reject(new Error('later'))),
  ]) {
    const error = failureOf(() => receivedWith(schema, '{"id":1}'));
    expect(error).toBeInstanceOf(DecodeError);
    expect(error.message).toContain('the schema answers with a promise');
  }
  await new Promise(setImmediate);
});

it('a schema may make another value of the message', () => {
  const schema = z.object({ at: z.string().transform((text: string) => new Date(text)) });
  expect(receivedWith(schema, '{"at":"2026-01-02T03:04:05Z"}')).toEqual({ at: new Date('2026-01-02T03:04:05Z') });
});

it('a schema may be a function, and one that throws is a DecodeError with its cause', () => {
  const schema = Object.assign(
    () => undefined,
    byHand((value) => ({ value })),
  );
  expect(receivedWith(schema, '[1]')).toEqual([1]);
  const cause = new Error('broken');
  const broken = byHand(() => {
    throw cause;
  });
  expect(failureOf(() => receivedWith(broken, '1')).cause).toBe(cause);
  for (const result of [undefined, null, 5]) {
    expect(
      failureOf(() =>
        receivedWith(
          byHand(() => result),
          '1',
        ),
      ),
    ).toBeInstanceOf(DecodeError);
  }
});

it('many issues are counted, and keys of every kind are shown', () => {
  const issues = Array.from({ length: 5 }, (_, index) => ({ message: `wrong ${index}`, path: [{ key: 'a' }, index] }));
  const error = failureOf(() =>
    receivedWith(
      byHand(() => ({ issues })),
      '1',
    ),
  ) as DecodeError & Record<string, unknown>;
  expect(error.message).toMatch(/decode: a\[0\]: wrong 0; a\[1\]: wrong 1; a\[2\]: wrong 2; and 2 more$/);
  expect(error.issues).toEqual(issues);
  expect(JSON.stringify(error).split('"issues"')).toHaveLength(2);
});

it('a codec refuses a value that is no schema when it is made', () => {
  const wrong: [unknown, RegExp][] = [
    [{ schema: { parse: () => 5 } }, /is not a Standard Schema: it has no "~standard"/],
    [{ schema: 5 }, /"options.schema" property must be a schema of Standard Schema/],
    [{ schema: null }, /must be a schema/],
    [{ scheme: 5 }, /Did you mean "schema"/],
    [null, /"options" argument must be of type object/],
  ];
  for (const [options, words] of wrong) expect(() => codecs.json(options as never)).toThrow(words);
  expect(codecs.json({ schema: undefined } as never)).toBe(codecs.json());
});

it('a schema that receives another message leaves the refused one its bytes', () => {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySend('"refused"');
  queue.trySend('"another"');
  const schema = byHand(() => {
    queue.tryReceive();
    return { issues: [{ message: 'refused' }] };
  });
  const receiver = MessageQueue.attach(queue.id, { codec: codecs.json({ schema }) });
  const error = failureOf(() => receiver.tryReceive()) as DecodeError & Record<string, unknown>;
  expect(error.raw.toString()).toBe('"refused"');
});
