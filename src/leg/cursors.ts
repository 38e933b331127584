import type { SourceKind } from '../model/channel.ts';

/** What each source of a leg needs to go on after a crash: the store keeps one cursor a leg, in which they lie together. */
export type Cursors = Map<SourceKind, Uint8Array>;

export function encodeCursors(cursors: Cursors): Uint8Array {
  const texts = [...cursors].map(([kind, cursor]) => [kind, Buffer.from(cursor).toString('base64')]);
  return Buffer.from(JSON.stringify(Object.fromEntries(texts)));
}

/** Empty for what cannot be read: the sources then begin anew, and what is stored stays. */
export function decodeCursors(stored: Uint8Array | undefined): Cursors {
  try {
    const texts: Readonly<Record<string, string>> = JSON.parse(Buffer.from(stored ?? []).toString() || '{}');
    return new Map(Object.entries(texts).map(([kind, text]) => [kind as SourceKind, Buffer.from(text, 'base64')])); // written by encodeCursors
  } catch {
    return new Map();
  }
}
