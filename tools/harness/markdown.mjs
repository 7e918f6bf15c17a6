// Markdown of the pages that programs write.

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A table. */
export function markdownTable(heading, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heading), `|${' --- |'.repeat(heading.length)}`, ...rows.map(line)].join('\n');
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
