/** One part of a body, with its content type. */
export type BodyPart = { readonly type: string; readonly body: string };

/** Bounds of what a message may nest and hold. */
const DEEPEST = 3;
const MOST_PARTS = 32;
const LONGEST_BOUNDARY = 70;

/** The parts of a body (RFC 2046, 5.1.1), nested ones too; a body that is no multipart is its own only part. */
export function multipartBodies(type: string, body: string, depth = 0): BodyPart[] {
  const boundary = /^multipart\//i.test(type.trim()) ? boundaryOf(type) : undefined;
  if (boundary === undefined) return [{ type: type.trim(), body }];
  if (depth >= DEEPEST) return [];
  return split(body, `--${boundary}`)
    .slice(0, MOST_PARTS)
    .flatMap((part) => {
      const [, head = '', inner = ''] = /^((?:[^\r\n]+\r?\n)*)\r?\n([\s\S]*)$/.exec(part) ?? [];
      return multipartBodies(typeOf(head), inner, depth + 1);
    });
}

function boundaryOf(type: string): string | undefined {
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  return boundary !== undefined && boundary !== '' && boundary.length <= LONGEST_BOUNDARY ? boundary : undefined;
}

/** What stands between two delimiter lines. The line break before a delimiter belongs to it; a missing last one is forgiven. */
function split(body: string, delimiter: string): string[] {
  const parts: string[] = [];
  let begin: number | undefined;
  let at = delimiterFrom(body, delimiter, 0);
  while (at >= 0 && parts.length < MOST_PARTS) {
    if (begin !== undefined) parts.push(body.slice(begin, at).replace(/\r?\n$/, ''));
    if (body.startsWith('--', at + delimiter.length)) return parts;
    const line = body.indexOf('\n', at + delimiter.length);
    begin = line < 0 ? body.length : line + 1;
    at = delimiterFrom(body, delimiter, begin);
  }
  if (begin !== undefined && parts.length < MOST_PARTS) parts.push(body.slice(begin));
  return parts;
}

/** A delimiter stands at the begin of a line. */
function delimiterFrom(body: string, delimiter: string, from: number): number {
  let at = body.indexOf(delimiter, from);
  while (at > 0 && body[at - 1] !== '\n') at = body.indexOf(delimiter, at + 1);
  return at;
}

/** RFC 2046, 5.1: a part without a content type is text. */
function typeOf(head: string): string {
  return /^content-type[ \t]*:[ \t]*([^\r\n]*)/im.exec(head)?.[1] ?? 'text/plain';
}
