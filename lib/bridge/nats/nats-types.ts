/**
 * The parts of the NATS packages that the bridge uses. Their own types do not compile under every TypeScript setting of
 * this package's users (exactOptionalPropertyTypes).
 */

export interface MsgHdrs {
  readonly code: number;
  get(name: string): string;
  set(name: string, value: string): void;
}

export interface Msg {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
  respond(data: Uint8Array, options?: { headers: MsgHdrs }): boolean;
}

export interface Subscription {
  unsubscribe(): void;
}

export interface NatsConnection {
  readonly info?: { version: string; max_payload: number; jetstream?: boolean } | undefined;
  closed(): Promise<Error | undefined>;
  close(): Promise<void>;
  drain(): Promise<void>;
  flush(): Promise<void>;
  isClosed(): boolean;
  getServer(): string;
  status(): AsyncIterable<{ type: string; error: Error }>;
  publish(subject: string, data?: Uint8Array, options?: { headers?: MsgHdrs; reply?: string }): void;
  subscribe(
    subject: string,
    options: { queue?: string; callback: (error: Error | null, message: Msg) => void },
  ): Subscription;
  request(subject: string, data: Uint8Array, options: { timeout: number }): Promise<Msg>;
}

interface StreamConfig {
  name: string;
  subjects: string[];
  retention: 'limits' | 'interest' | 'workqueue';
  storage: 'file' | 'memory';
  num_replicas: number;
  max_msg_size: number;
  /** Nanoseconds. */
  duplicate_window?: number;
}

export interface StreamInfo {
  config: StreamConfig;
  created: string;
  state: { messages: number; first_seq: number; last_seq: number };
}

interface ConsumerConfig {
  durable_name: string;
  deliver_subject?: string;
  ack_policy: 'none' | 'all' | 'explicit';
  /** Nanoseconds. */
  ack_wait?: number;
  max_ack_pending?: number;
  max_deliver?: number;
  filter_subject?: string;
  filter_subjects?: string[];
}

export interface ConsumerInfo {
  config: ConsumerConfig;
  delivered: { stream_seq: number };
  ack_floor: { stream_seq: number };
  num_pending: number;
}

export interface StoredMsg {
  seq: number;
  subject: string;
  header: MsgHdrs;
  data: Uint8Array;
  time: Date;
}

export interface JsMsg {
  /** The subject of its acknowledgement. The client's messages have it, though not in their type. */
  readonly reply?: string;
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
  readonly info: { streamSequence: number; timestampNanos: number; pending: number };
  ack(): void;
  term(): void;
  working(): void;
}

export interface ConsumerMessages extends AsyncIterable<JsMsg> {
  status(): AsyncIterable<{ type: string }>;
  close(): Promise<unknown>;
  closed(): Promise<unknown>;
}

interface PullConsumer {
  fetch(options: { max_messages: number; expires: number }): Promise<ConsumerMessages>;
  consume(options: { max_messages: number; callback: (message: JsMsg) => void }): Promise<ConsumerMessages>;
  info(): Promise<ConsumerInfo>;
}

interface OrderedConsumer {
  deliver_policy: 'by_start_sequence';
  opt_start_seq: number;
  headers_only: boolean;
}

export interface JetStreamClient {
  consumers: { get(stream: string, consumer: string | OrderedConsumer): Promise<PullConsumer> };
}

export interface JetStreamManager {
  jetstream(): JetStreamClient;
  streams: {
    names(subject: string): AsyncIterable<string>;
    info(name: string): Promise<StreamInfo>;
    add(config: Partial<StreamConfig>): Promise<StreamInfo>;
    getMessage(stream: string, query: { seq: number; next_by_subj?: string }): Promise<StoredMsg | null>;
  };
  consumers: {
    info(stream: string, consumer: string): Promise<ConsumerInfo>;
    add(stream: string, config: Partial<ConsumerConfig>): Promise<ConsumerInfo>;
  };
}

export interface TransportPackage {
  connect(options: object): Promise<NatsConnection>;
  createInbox(): string;
  headers(): MsgHdrs;
  credsAuthenticator(creds: Uint8Array): unknown;
  nkeyAuthenticator(seed: Uint8Array): unknown;
}

export interface JetStreamPackage {
  jetstreamManager(connection: NatsConnection, options: object): Promise<JetStreamManager>;
}
