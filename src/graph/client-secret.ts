import { OtherlegError } from '../model/error.ts';
import type { Credential } from './credential.ts';

const HINT = 'Check the file, credential or variable that graph.auth names for the client secret.';

/** A client secret; `reveal` gives the newest. */
export function secretCredential(reveal: () => string | Promise<string>): Credential {
  return {
    kind: 'secret',
    proof: async () => {
      const clientSecret = await read(reveal);
      return { auth: { clientSecret }, version: clientSecret, evidence: clientSecret, secrets: [clientSecret] };
    },
  };
}

async function read(reveal: () => string | Promise<string>): Promise<string> {
  try {
    const secret = await reveal();
    if (secret !== '') return secret;
  } catch (cause) {
    throw new OtherlegError('TOKEN_REFUSED', 'the client secret cannot be read', { hint: HINT, cause });
  }
  throw new OtherlegError('TOKEN_REFUSED', 'the client secret is empty', { hint: HINT });
}
