// Reports the queues and limits of this IPC namespace that are nearly exhausted. Exit status 1 if there are any: for cron, or a
// health check.
//
//   node examples/recipes/limits-monitor.mjs [PERCENT]
import { describeLimits, getUsage, listQueues } from 'sysvmq';

const most = Number(process.argv[2] ?? 80) / 100;
const percent = (share) => `${Math.round(share * 100)} %`;
const warnings = [];

const { used, limit, ratio } = getUsage().against.queues;
if (ratio > most) {
  const { procPath } = describeLimits().find(({ name }) => name === 'MSGMNI');
  warnings.push(`${used} of ${limit} queues exist (${percent(ratio)}). Raise ${procPath}, or run: sysvmq prune`);
}
for (const { id, usedBytes, messageCount, maxBytes } of listQueues()) {
  const fill = Math.max(usedBytes, messageCount) / maxBytes;
  if (fill > most) warnings.push(`queue ${id} is ${percent(fill)} full: ${messageCount} messages, ${usedBytes} bytes`);
}

for (const warning of warnings) console.log(warning);
if (warnings.length > 0) process.exitCode = 1;
else console.log(`nothing is above ${percent(most)}`);
