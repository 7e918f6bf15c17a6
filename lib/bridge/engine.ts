/** The interface between a bridge and its engine. The engines of this package implement it, and yours can. */

/** A position in a stream; later positions are greater. */
export type StreamPosition = number | bigint;

/** A message on its way to a stream. */
export interface OutgoingMessage {
  /** Identifies the message: the same before and after a crash, and unique to this message. */
  readonly id: string;
  /** The first part of `id`: the messages of one instance have ascending sequences. */
  readonly instance: string;
  /** The second part of `id`; undefined: the message has no place in an order, and only its id identifies it. */
  readonly sequence: number | undefined;
  /** The System V message type. */
  readonly type: number | bigint;
  /** The queue that it comes from: `<instance of the machine>.<queue>`. */
  readonly origin: string;
  /** The destination: a subject, or a stream's key. */
  readonly to: string;
  /** The message's bytes. They do not change, unless the publisher has `releasesData`. */
  readonly data: Buffer;
}

/** The engine has confirmed that it stored the message. */
export interface StoredOutcome {
  /** Distinguishes the outcomes. */
  kind: 'stored';
  /** The message's position in the stream. */
  position: StreamPosition;
  /** Whether the engine already had the message. */
  duplicate: boolean;
}

/** The engine has not stored the message: for now, or forever. */
export interface FailedOutcome {
  /** Distinguishes the outcomes. `retry`: refused for now; `refused`: the engine will never take it. */
  kind: 'retry' | 'refused';
  /** Why. */
  error: Error;
}

/** The outcome of publishing a message. */
export type PublishOutcome = StoredOutcome | FailedOutcome;

/** Publishes the messages of one route over one connection. */
export interface Publisher {
  /**
   * The stream that stores them, and its creation time. A stream that is deleted and created again has another
   * identity.
   */
  readonly identity: string;
  /** How long, in milliseconds, the engine recognizes a message that it receives again; Infinity: always. */
  readonly deduplicationWindow: number;
  /**
   * Whether nothing reads a message's `data` after the call of `onOutcome`. The bridge then uses the memory for other
   * messages. Default: false.
   */
  readonly releasesData?: boolean;
  /**
   * Publishes a message without waiting for those before it. It calls `onOutcome` once, unless the connection is lost
   * first. Messages are stored in the order of the calls.
   */
  publish(message: OutgoingMessage, onOutcome: (outcome: PublishOutcome) => void): void;
  /** Finds which of these ids the stream stores after a position, and where. Called before anything is published. */
  findStored(ids: ReadonlySet<string>, after: StreamPosition): Promise<Map<string, StreamPosition>>;
  /** Closes the publisher. It reports no outcome that is still pending. */
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
  /** Why it is no message for a queue; undefined: it is one. */
  readonly fault?: string | undefined;
  /**
   * With `ordered`: it was delivered before, and may come after later ones. The bridge then looks for it among the last
   * 65,536 that it has settled, and not at the highest only.
   */
  readonly redelivered?: boolean | undefined;
  /** The message is in the queue. */
  acknowledge(): void;
  /** The message will never be taken. */
  terminate(): void;
  /** The message waits for room: the engine must not deliver it again meanwhile. */
  extend(): void;
}

/** Takes the messages of one route over one connection. */
export interface Subscriber {
  /** The stream, and its creation time. A stream that is deleted and created again has another identity. */
  readonly identity: string;
  /**
   * The kind of positions. `each`: small integers, and a message may come again after later ones. `ordered`: messages
   * come in ascending order, unacknowledged ones first; one that does not is `redelivered`. `any`: neither.
   */
  readonly numbering: 'each' | 'ordered' | 'any';
  /**
   * The time, in milliseconds, after which the engine delivers a message again that is neither acknowledged nor
   * extended.
   */
  readonly acknowledgeWithin: number;
  /** The position up to which the engine has every message acknowledged. */
  floor(): Promise<StreamPosition>;
  /**
   * With `ordered`: the position up to which the stream still is the one that has delivered this position. Less than
   * that where the stream has lost its end, 0 where it is another stream.
   */
  knownUpTo?(position: StreamPosition): Promise<StreamPosition>;
  /**
   * Returns the messages that were delivered before and are not settled, in order. It acknowledges settled messages
   * that the engine still waits for.
   */
  unsettled(
    isSettled: (position: StreamPosition, storedAt: number, redelivered?: boolean) => boolean,
  ): AsyncIterable<IncomingMessage>;
  /** Begins to take new messages, with at most `window` unacknowledged at a time. */
  start(onMessage: (message: IncomingMessage) => void): Promise<void>;
  /**
   * Stops taking messages. Delivered messages can still be acknowledged. Also called when the connection is lost, and perhaps
   * more than once: afterwards no timer and no connection of the subscriber is left.
   */
  stop(): Promise<void>;
}

/** The target of a route that publishes. */
export interface PublishTarget {
  /** A subject pattern that covers all subjects of the route; or a stream's key. */
  readonly pattern: string;
  /** The target of refused messages. */
  readonly deadLetter: string | undefined;
  /** The most messages published and not yet acknowledged. */
  readonly window: number;
  /** The route can't publish there, now or later. */
  onDenied(error: Error): void;
}

/** The source of a route that takes messages. */
export interface SubscribeSource {
  /** The stream's name or key. */
  readonly stream: string;
  /** The durable consumer, or the group. */
  readonly consumer: string;
  /** A subject, to take only its messages. */
  readonly filter: string | undefined;
  /** Whether other bridges take from the same consumer. */
  readonly shared: boolean;
  /** The name of this taker among those: the same for the next process with this work. */
  readonly taker: string;
  /** The most messages delivered and not yet acknowledged. */
  readonly window: number;
  /** The route can't continue: its consumer or its stream is gone. */
  onLost(error: Error): void;
}

/** The result of a check. */
export interface Finding {
  /** `ok`, a warning, or an error that keeps the route from working. */
  level: 'ok' | 'warning' | 'error';
  /** The route concerned; undefined: the whole bridge. */
  route?: string | undefined;
  /** The finding, in a sentence. */
  text: string;
}

/** Answers a request from the engine. @returns the reply's bytes, or throws. */
export type Respond = (data: Uint8Array) => Promise<Uint8Array>;

/** A connection. It does not reconnect: after a loss, the bridge opens another one. */
export interface EngineConnection {
  /** A description of the server, such as its version. */
  readonly server: string;
  /** Resolves when the connection is lost, with the reason. */
  readonly lost: Promise<Error>;
  /** @throws where no stream is there: an error that says what to do. */
  openPublisher(target: PublishTarget): Promise<Publisher>;
  /** @throws where no stream is there: an error that says what to do. */
  openSubscriber(source: SubscribeSource): Promise<Subscriber>;
  /** Checks the target of a route, and changes nothing. */
  checkTarget(target: Pick<PublishTarget, 'pattern' | 'deadLetter'>, longest: number): Promise<Finding[]>;
  /** Checks the source of a route, and changes nothing. */
  checkSource(source: Omit<SubscribeSource, 'onLost'>): Promise<Finding[]>;
  /** Sends a request, and resolves with the reply's bytes. Missing in an engine without requests. */
  request?(subject: string, data: Uint8Array, timeout: number): Promise<Uint8Array>;
  /** Answers requests until you call the returned function. Missing in an engine without requests. */
  respond?(subject: string, respond: Respond): Promise<() => void>;
  /** Publishes the pending messages, and closes. */
  close(): Promise<void>;
  /** Closes at once, as if the connection had been lost. */
  abandon(reason: Error): void;
}

/** An engine that carries messages between machines. */
export interface Engine {
  /** Its name, as messages show it. */
  readonly name: string;
  /** @throws an error that names the remedy: a missing package, a server that does not answer. */
  connect(name: string): Promise<EngineConnection>;
}
