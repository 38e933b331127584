import { z } from 'zod';

/** Says why a text cannot be read and what to write instead; its result is what `read` returns then. */
export type Refuse = (reason: string, remedy: string) => never;

/** How a value is written in the file (`5s`) and what the program uses instead (5 seconds). */
export type TextForm<T> = {
  readonly read: (text: string, refuse: Refuse) => T;
  readonly write: (value: T) => string;
};

/** Schema of such a value. A value of the wrong type is answered by the schema, a wrong text by `read`. */
export function textValue<T>({ read, write }: TextForm<T>) {
  return z.codec(z.string(), z.custom<T>(), {
    decode: (text, context) =>
      read(text, (reason, remedy) => {
        context.issues.push({ code: 'custom', message: reason, input: text, params: { remedy } });
        return z.NEVER;
      }),
    // An absent option is encoded too, and the answer thrown away.
    encode: (value) => (value === undefined ? '' : write(value)),
  });
}

/** Schema of one such value or a list of them: always a list in the program, never an empty one. */
export function textValues<T extends object>(form: TextForm<T>) {
  const one = textValue(form);
  return z.codec(z.union([z.array(one), one]), z.custom<readonly T[]>(), {
    decode: (value, context) => {
      const values = [value].flat() as readonly T[]; // T is no list itself
      if (values.length === 0) context.issues.push({ code: 'custom', message: 'must not be empty', input: value });
      return values;
    },
    encode: (values) => [...(values ?? [])],
  });
}
