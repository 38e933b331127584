import { type Analysis, captureShape, legShape, streamShape } from './analysis.ts';

/** Characters of a piece. */
const PIECE = 65_536;

/**
 * The document of `analyze --json` as indented text, in pieces: the whole of it, and all of its parts as objects, would be
 * more memory than the measuring took.
 */
export function* analysisText({ capture, streams, legs }: Analysis): Generator<string> {
  let piece = `{\n  "capture": ${indented(captureShape(capture), '  ')}`;
  for (const members of [membersOf('streams', streams, streamShape), membersOf('legs', legs, legShape)]) {
    for (const part of members) {
      piece += part;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
  }
  yield `${piece}\n}\n`;
}

/** A member that is an array, element by element. */
function* membersOf<T>(name: string, elements: readonly T[], shape: (element: T) => object): Generator<string> {
  yield `,\n  "${name}": [`;
  let before = '';
  for (const element of elements) {
    yield `${before}\n    ${indented(shape(element), '    ')}`;
    before = ',';
  }
  yield elements.length === 0 ? ']' : '\n  ]';
}

/** Line breaks stand only between the tokens of JSON, never in its strings. */
function indented(value: object, indent: string): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
}
