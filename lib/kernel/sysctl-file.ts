/** The text of sysctl files: lines of `kernel.msgmni = 2048`, comments and blanks. sysctl.conf(5), sysctl.d(5). */

const HEADER = '# Limits of System V message queues; see msgctl(2). Written by sysvmq.\n';

// A setting may be written with slashes for dots, and begin with a minus: errors are then ignored.
const settingLine = /^\s*(?<minus>-?)\s*(?<name>[^#;\s=-][^\s=]*)\s*=.*?(?<end>\r?)$/;

function nameOf(line: string): string | undefined {
  return settingLine.exec(line)?.groups?.['name']?.replaceAll('/', '.');
}

/**
 * The text with these settings: changed where they stand, the last time if they stand there more than once, because
 * that is the one that counts; else added at the end. Everything else stays to the letter.
 */
export function withSettings(text: string | undefined, settings: ReadonlyMap<string, string>): string {
  const lines = (text ?? HEADER).split('\n');
  const endsWithNewline = lines.at(-1) === '';
  if (endsWithNewline) lines.pop();
  for (const [name, value] of settings) {
    const index = lines.findLastIndex((line) => nameOf(line) === name);
    const { minus, end } = settingLine.exec(lines[index] ?? '')?.groups ?? { minus: '', end: '' };
    const line = `${minus}${name} = ${value}${end}`;
    if (index < 0) lines.push(line);
    else lines[index] = line;
  }
  return `${lines.join('\n')}\n`;
}
