// The prose of a source file: its comments, and the strings that are sentences. Everything else is blanked, so that what a
// rule reports stands at the same line and column as in the file.
import ts from 'typescript';

/** What no rule looks at inside a comment: code in backticks, examples, and what a doc comment's tags name. */
const CODE = [
  /^[ \t]*(?:\/\*\*|\*)?[ \t]*@example\n[\s\S]*?(?=@(?!example)\w+|\*\/|(?![\s\S]))/gm,
  /`[^`\n]+`/g,
  /@\w+(?: [\w.]+ -)?/g,
  /\{@link [^}]*\}/g,
];

function blank(text) {
  return text.replaceAll(/[^\n]/g, ' ');
}

/** Comments that follow each other on lines of their own read as one text. */
function joined(ranges, text) {
  const blocks = [];
  for (const range of ranges.sort((one, other) => one[0] - other[0])) {
    const last = blocks.at(-1);
    const between = last === undefined ? '' : text.slice(last[1], range[0]);
    if (last !== undefined && range.isLine && last.isLine && /^\n[ \t]*$/.test(between)) last[1] = range[1];
    else blocks.push(range);
  }
  return blocks;
}

function block(start, end, isLine) {
  return Object.assign([start, end], { isLine });
}

function scriptRanges(text, path) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const comments = new Map();
  const strings = [];
  const note = (found) => {
    for (const { pos, end, kind } of found ?? []) {
      comments.set(pos, block(pos, end, kind === ts.SyntaxKind.SingleLineCommentTrivia));
    }
  };
  const visit = (node) => {
    note(ts.getLeadingCommentRanges(text, node.pos));
    note(ts.getTrailingCommentRanges(text, node.end));
    const isText =
      ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateLiteralToken(node);
    if (isText) strings.push(block(node.getStart(source) + 1, node.end - 1, false));
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return { comments: [...comments.values()], strings };
}

function cRanges(text) {
  const comments = [];
  for (const { 0: found, index } of text.matchAll(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
  )) {
    if (found.startsWith('/')) comments.push(block(index, index + found.length, found.startsWith('//')));
  }
  return { comments, strings: [] };
}

/** The text with all but the prose blanked, and where each block of prose stands. */
export function proseBlocks(text, path) {
  const { comments, strings } = /\.[chp]+$|\.cc$/.test(path) ? cRanges(text) : scriptRanges(text, path);
  // A string without spaces is a name; one of many lines is a program.
  const sentences = strings.filter(([start, end]) => /\w \w+ \w/.test(text.slice(start, end)));
  const blocks = joined([...comments, ...sentences], text);
  let prose = '';
  let at = 0;
  for (const [start, end] of blocks) {
    let content = text.slice(start, end);
    for (const code of CODE) content = content.replaceAll(code, blank);
    content = content.replaceAll(/^[ \t]*(?:\/\*\*?|\*\/|\*|\/\/\/?)/gm, blank).replace(/\*\/$/, '  ');
    prose += blank(text.slice(at, start)) + content;
    at = end;
  }
  return { prose: prose + blank(text.slice(at)), blocks };
}
