/** The text of sysctl files: lines of `kernel.msgmni = 2048`, comments and blanks. sysctl.conf(5), sysctl.d(5). */

const HEADER = '# Limits of System V message queues; see msgctl(2). Written by sysvmq.\n';

// A setting may have slashes instead of dots, and begin with a minus: sysctl then ignores errors.
const settingLine = /^\s*(?<minus>-?)\s*(?<name>[^#;\s=-][^\s=]*)\s*=.*?(?<end>\r?)$/;

function nameOf(line: string): string | undefined {
  return settingLine.exec(line)?.groups?.['name']?.replaceAll('/', '.');
}

/**
 * Returns the text with these settings: changed in place (the last one if a setting occurs several times, because that
 * one counts), or added at the end. Every other byte stays.
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
