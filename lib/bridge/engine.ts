/** What a bridge needs of an engine: the interface that the engines of this package, and others, implement. */

/** A place in a stream; later ones are greater. */
export type StreamPosition = number | bigint;

/** A message on its way to a stream. */
export interface OutgoingMessage {
  /** Names the message: the same before a crash and after it, and no other message's. */
  readonly id: string;
  /** The first part of `id`: the messages of one instance have ascending sequences. */
  readonly instance: string;
  /** The second part of `id`. */
  readonly sequence: number;
  /** The System V message type. */
  readonly type: number | bigint;
  /** The queue that it comes from: `<instance of the machine>.<queue>`. */
  readonly origin: string;
  /** Where it goes: a subject, or a stream's key. */
  readonly to: string;
  /** The message's bytes. They do not change. */
  readonly data: Buffer;
}

/** The engine has the message, and has said so. */
export interface StoredOutcome {
  /** Tells the outcomes apart. */
  kind: 'stored';
  /** Where in the stream. */
  position: StreamPosition;
  /** The engine had it already. */
  duplicate: boolean;
}

/** The engine has not stored the message: for now, or forever. */
export interface FailedOutcome {
  /** Tells the outcomes apart. `retry`: refused for now; `refused`: the engine will never take it. */
  kind: 'retry' | 'refused';
  /** Why. */
  error: Error;
}

/** What became of a message that was published. */
export type PublishOutcome = StoredOutcome | FailedOutcome;

/** Publishes the messages of one route over one connection. */
export interface Publisher {
  /** The stream that stores them, and when it was made. A stream that is made anew has another identity. */
  readonly identity: string;
  /** Milliseconds for which the engine recognizes a message that it gets again; Infinity: always. */
  readonly deduplicationWindow: number;
  /**
   * Publishes a message without waiting for those before it. `onOutcome` is called once, unless the connection is lost
   * first. Messages are stored in the order of the calls.
   */
  publish(message: OutgoingMessage, onOutcome: (outcome: PublishOutcome) => void): void;
  /** Which of these ids the stream has behind a position, and where. Called before anything is published. */
  findStored(ids: ReadonlySet<string>, after: StreamPosition): Promise<Map<string, StreamPosition>>;
  /** Ends it. Outcomes that are still due are not reported. */
  close(): void;
}

/** A message from a stream. */
export interface IncomingMessage {
  /** Its place in the stream. */
  readonly position: StreamPosition;
  /** When the stream stored it, on the engine's clock, in a unit of the engine's. */
  readonly storedAt: number;
  /** The System V message type as text, if the message has one. */
  readonly type: string | undefined;
  /** The queue that it came from, if a bridge has sent it. */
  readonly origin: string | undefined;
  /** The subject, or the stream's key. */
  readonly subject: string;
  /** The message's bytes. */
  readonly data: Uint8Array;
  /** The message is in the queue. */
  acknowledge(): void;
  /** The message will never be taken. */
  terminate(): void;
  /** The message is waiting for room: it is not to be delivered again meanwhile. */
  extend(): void;
}

/** Takes the messages of one route over one connection. */
export interface Subscriber {
  /** The stream, and when it was made. A stream that is made anew has another identity. */
  readonly identity: string;
  /**
   * How positions are used. `each`: small integers, and a message may come again after later ones. `ordered`: messages come
   * in ascending order, those that are not acknowledged first.
   */
  readonly numbering: 'each' | 'ordered';
  /** Milliseconds after which the engine delivers a message again that is neither acknowledged nor extended. */
  readonly acknowledgeWithin: number;
  /** Everything up to here is acknowledged, as the engine knows. */
  floor(): Promise<StreamPosition>;
  /**
   * Everything that was delivered before, and that is not settled, in order. Settled messages that the engine
   * still waits for are acknowledged.
   */
  unsettled(isSettled: (position: StreamPosition, storedAt: number) => boolean): AsyncIterable<IncomingMessage>;
  /** Begins to take new messages. No more than `window` are out at a time. */
  start(onMessage: (message: IncomingMessage) => void): Promise<void>;
  /** Takes no more. Delivered messages can still be acknowledged. */
  stop(): Promise<void>;
}

/** Where a route publishes. */
export interface PublishTarget {
  /** A subject that takes in all subjects of the route; a stream's key. */
  readonly pattern: string;
  /** Where refused messages go. */
  readonly deadLetter: string | undefined;
  /** Messages on the way at a time. */
  readonly window: number;
  /** The route can't publish there, and won't be able to. */
  onDenied(error: Error): void;
}

/** Where a route takes messages from. */
export interface SubscribeSource {
  /** The stream's name or key. */
  readonly stream: string;
  /** The durable consumer, or the group. */
  readonly consumer: string;
  /** A subject: only its messages. */
  readonly filter: string | undefined;
  /** Whether others take from the same consumer. */
  readonly shared: boolean;
  /** Messages that are delivered and not acknowledged at a time. */
  readonly window: number;
  /** The route can't go on: its consumer or its stream is gone. */
  onLost(error: Error): void;
}

/** What a check has found. */
export interface Finding {
  /** `ok`, something to think about, or a reason why the route will not work. */
  level: 'ok' | 'warning' | 'error';
  /** The route that it is about; undefined: the bridge as a whole. */
  route?: string | undefined;
  /** A sentence. */
  text: string;
}

/** Asks that come from the engine. @returns the reply's bytes, or throws. */
export type Respond = (data: Uint8Array) => Promise<Uint8Array>;

/** A connection. It does not reconnect: when it is lost, the bridge makes another one. */
export interface EngineConnection {
  /** The server in words, such as its version. */
  readonly server: string;
  /** Resolves when the connection is lost, with the reason. */
  readonly lost: Promise<Error>;
  /** @throws where no stream is there: an error that says what to do. */
  openPublisher(target: PublishTarget): Promise<Publisher>;
  /** @throws where no stream is there: an error that says what to do. */
  openSubscriber(source: SubscribeSource): Promise<Subscriber>;
  /** Looks at what a route publishes to, and changes nothing. */
  checkTarget(target: Pick<PublishTarget, 'pattern' | 'deadLetter'>, longest: number): Promise<Finding[]>;
  /** Looks at what a route takes from, and changes nothing. */
  checkSource(source: Omit<SubscribeSource, 'onLost'>): Promise<Finding[]>;
  /** Asks, and resolves with the answer's bytes. Missing where the engine has no requests. */
  request?(subject: string, data: Uint8Array, timeout: number): Promise<Uint8Array>;
  /** Answers requests until the function that is returned is called. Missing where the engine has no requests. */
  respond?(subject: string, respond: Respond): Promise<() => void>;
  /** Publishes what is under way, and closes. */
  close(): Promise<void>;
  /** Closes at once, as if the connection had been lost. */
  abandon(reason: Error): void;
}

/** An engine that carries messages between machines. */
export interface Engine {
  /** Its name, for messages to people. */
  readonly name: string;
  /** @throws an error that says what to do: a package that is missing, a server that does not answer. */
  connect(name: string): Promise<EngineConnection>;
}
