/** A fenced block of a document. `isByHand`: the paragraph before it says that no test runs it. */
export type Fence = {
  readonly language: string;
  readonly text: string;
  /** Of its first line in the document, from 1. */
  readonly line: number;
  readonly isByHand: boolean;
};

const FENCE = /^([ \t]*)```(\S*)\n([\s\S]*?)^\1```[ \t]*$/gm;

/** All fenced blocks of a Markdown text, in order, without the indentation of a list that they stand in. */
export function fencesOf(markdown: string): readonly Fence[] {
  return [...markdown.matchAll(FENCE)].map(({ 1: indent = '', 2: language = '', 3: text = '', index }) => {
    const before = markdown.slice(0, index);
    const paragraph =
      before
        .trimEnd()
        .split(/\n\s*\n/)
        .at(-1) ?? '';
    return {
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      line: before.split('\n').length + 1,
      isByHand: paragraph.includes('(run by hand)'),
    };
  });
}

/** Lines of shell that somebody types: continued ones joined, comments left out. */
export function commandsOf(shell: string): readonly string[] {
  return shell
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#\s.*$/, '').trim())
    .filter((line) => line !== '');
}
