/** The parts of ioredis that the bridge uses, which are the same in its versions 5 and 6. */

export type RedisArgument = string | number | Buffer;

export interface RedisClient {
  readonly status: string;
  connect(): Promise<void>;
  disconnect(): void;
  quit(): Promise<unknown>;
  /** Answers have text. */
  call(command: string, ...args: RedisArgument[]): Promise<unknown>;
  /** Answers have Buffers. */
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

export interface RedisPackage {
  Redis: new (url: string, options: object) => RedisClient;
}

/** An entry of a stream: its id, and its fields and values in turn; null: it was deleted. */
export type RedisEntry = [id: Buffer, fields: Buffer[] | null];
