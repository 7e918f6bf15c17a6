/** Subjects with {host} and {type} in them. */

/** The subject of a message. */
export function subjectOf(template: string, host: string, type: number | bigint): string {
  if (!template.includes('{')) return template;
  return template.replaceAll('{host}', token(host)).replaceAll('{type}', String(type));
}

/** A pattern that covers the subjects of all messages. */
export function subjectPattern(template: string, host: string): string {
  return template.replaceAll('{host}', token(host)).replace(/[^.]*\{type\}[^.]*/g, '*');
}

// A bridge's name may contain dots, which would become levels.
function token(host: string): string {
  return host.replaceAll('.', '_');
}
