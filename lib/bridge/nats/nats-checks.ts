/** What `--dry-run` checks in NATS. */

import { formatCount } from '../../core/format';
import type { Finding, PublishTarget, SubscribeSource } from '../engine';
import { messageOf } from '../errors';
import { ApiCode, apiCode } from './nats-client';
import type { NatsLink } from './nats-link';
import { findStream, requireStream } from './nats-streams';
import { faultOf } from './nats-subscriber';
import type { StreamInfo } from './nats-types';

const NANOS_IN_MS = 1_000_000;
const SHORT_WINDOW_MS = 10_000;
/** An upper bound for the headers of a bridge's message. */
const HEADER_BYTES = 512;

export async function checkNatsTarget(
  connection: NatsLink,
  { pattern, deadLetter }: Pick<PublishTarget, 'pattern' | 'deadLetter'>,
  longest: number,
  create: boolean,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const subject of deadLetter === undefined ? [pattern] : [pattern, deadLetter]) {
    try {
      const stream = await findStream(connection.manager, subject, false);
      found.push(...ofStream(stream), ...ofLengths(connection, stream, longest));
    } catch (error) {
      if (create) found.push({ level: 'ok', text: `The stream for ${subject} would be made` });
      else found.push({ level: 'error', text: messageOf(error) });
    }
  }
  return found;
}

export async function checkNatsSource(
  connection: NatsLink,
  source: Omit<SubscribeSource, 'onLost'>,
): Promise<Finding[]> {
  const found: Finding[] = [];
  let stream: StreamInfo;
  try {
    stream = await requireStream(connection.manager, source.stream, source.filter, false);
  } catch (error) {
    return [{ level: 'error', text: messageOf(error) }];
  }
  found.push(...ofStream(stream));
  try {
    const info = await connection.manager.consumers.info(source.stream, source.consumer);
    const fault = faultOf(source, info);
    if (fault !== undefined) found.push({ level: 'error', text: `The consumer ${source.consumer} ${fault}` });
    else if (info.delivered.stream_seq > stream.state.last_seq) {
      found.push({
        level: 'error',
        text: `The consumer ${source.consumer} is ahead of its stream, which has lost data`,
      });
    } else
      found.push({
        level: 'ok',
        text: `Consumer ${source.consumer}: ${formatCount(info.num_pending, 'message')} to come`,
      });
  } catch (error) {
    if (apiCode(error) !== ApiCode.consumerNotFound) throw error;
    found.push({
      level: 'ok',
      text: `The consumer ${source.consumer} would be made, and begin with the first message`,
    });
  }
  return found;
}

function ofStream({ config, state }: StreamInfo): Finding[] {
  const name = `The stream ${config.name}`;
  const window = (config.duplicate_window ?? 0) / NANOS_IN_MS;
  const found: Finding[] = [{ level: 'ok', text: `${name} has ${formatCount(state.messages, 'message')}` }];
  const warn = (text: string): void => void found.push({ level: 'warning', text: `${name} ${text}` });
  if (config.retention === 'workqueue') {
    warn(
      'is a work queue: a message that is acknowledged leaves it, and a restarted server does not recognize it when it comes again',
    );
  }
  if (config.storage === 'memory') warn('is in memory: a restart of the server loses it');
  else
    warn(
      'is on disk, and written through every two minutes, unless the server has sync_interval: always. A power cut loses what came since',
    );
  if (config.num_replicas === 1) warn('has one replica: it is away while its server is');
  if (window < SHORT_WINDOW_MS) {
    warn(
      `recognizes a message for ${window} ms only: after each pause that is longer than half of it the bridge reads the stream`,
    );
  }
  return found;
}

function ofLengths({ maxPayload }: NatsLink, { config }: StreamInfo, longest: number): Finding[] {
  const most = config.max_msg_size > 0 ? Math.min(config.max_msg_size, maxPayload) : maxPayload;
  if (longest + HEADER_BYTES <= most)
    return [{ level: 'ok', text: `Messages of up to ${longest} bytes fit: NATS takes ${most} with headers` }];
  return [
    {
      level: 'warning',
      text: `The queue takes messages of ${longest} bytes, and NATS takes ${most} with headers (max_payload, max_msg_size): a longer one stops the route, or goes to the dead letters`,
    },
  ];
}
