import { z } from 'zod';

/** Schema of a GUID, any 8-4-4-4-12 hexadecimal as Microsoft has them (RFC 9562's versions do not bind it); lower case. */
export function guid() {
  return z.guid({ error: 'is not a GUID like 00000000-0000-0000-0000-000000000001' }).toLowerCase();
}
