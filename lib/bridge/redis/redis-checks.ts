/** The checks of `--dry-run` in Redis. */

import { formatCount } from '../../core/format';
import type { Finding, PublishTarget, SubscribeSource } from '../engine';
import { pairsOf, parseInfo } from './redis-client';
import type { RedisLink } from './redis-link';
import { noStream } from './redis-subscriber';

export async function checkRedisTarget(
  link: RedisLink,
  { pattern, deadLetter }: Pick<PublishTarget, 'pattern' | 'deadLetter'>,
  longest: number,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const key of deadLetter === undefined ? [pattern] : [pattern, deadLetter]) found.push(await ofKey(link, key));
  found.push(...(await ofServer(link)));
  found.push({
    level: longest <= link.longestValue ? 'ok' : 'warning',
    text: `The queue takes messages of ${longest} bytes, and Redis takes ${link.longestValue} (proto-max-bulk-len)`,
  });
  return found;
}

// A pattern of keys has a * for the type.
async function ofKey({ main }: RedisLink, key: string): Promise<Finding> {
  const type = key.includes('*') ? 'none' : String(await main.call('TYPE', key));
  if (type === 'none') return { level: 'ok', text: `The stream ${key} would be made` };
  if (type !== 'stream') return { level: 'error', text: `The key ${key} is a ${type}, not a stream: name another one` };
  const length = Number(await main.call('XLEN', key));
  return { level: 'ok', text: `The stream ${key} has ${formatCount(length, 'message')}` };
}

async function ofServer({ main }: RedisLink): Promise<Finding[]> {
  const info = parseInfo((await main.call('INFO')) as string);
  const found: Finding[] = [];
  const warn = (text: string): void => void found.push({ level: 'warning', text });
  if (info.get('aof_enabled') !== '1') warn('Redis writes no log (appendonly no): a restart loses messages');
  else if (!(await isWrittenThrough(main))) {
    warn('Redis lets the disk have its log every second (appendfsync everysec): a power cut loses what came since');
  }
  if (Number(info.get('connected_slaves') ?? 0) === 0) warn('Redis has no replica: it is away while its server is');
  return found;
}

async function isWrittenThrough(main: RedisLink['main']): Promise<boolean> {
  try {
    const [, value] = (await main.call('CONFIG', 'GET', 'appendfsync')) as string[];
    return value === 'always';
  } catch {
    return false;
  }
}

export async function checkRedisSource(
  link: RedisLink,
  { stream, consumer }: Omit<SubscribeSource, 'onLost'>,
  mayMake: boolean,
): Promise<Finding[]> {
  const key = await ofKey(link, stream);
  if (key.level === 'error') return [key];
  const isThere = (await link.main.call('EXISTS', stream)) === 1;
  if (!isThere) return mayMake ? [key] : [{ level: 'error', text: noStream(stream).message }];
  const groups = ((await link.main.call('XINFO', 'GROUPS', stream)) as unknown[]).map(pairsOf);
  const group = groups.find((one) => one.get('name') === consumer);
  const text =
    group === undefined
      ? `The group ${consumer} would be made, and begin with the first message`
      : `Group ${consumer}: ${formatCount(Number(group.get('pending')), 'message')} delivered and not acknowledged`;
  return [key, { level: 'ok', text }, ...(await ofServer(link))];
}
