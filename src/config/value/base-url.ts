import { isLoopback } from './loopback.ts';
import type { Refuse } from './text-value.ts';

/** The address of a service that gets tokens: https, or http on loopback; without a slash at its end. `example`: one like it. */
export const readBaseUrl =
  (example: string) =>
  (text: string, refuse: Refuse): string => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const form = `write one like ${example}`;
    if (url === undefined || !/^https?:$/.test(url.protocol)) return refuse('is not an http or https URL', form);
    if (`${url.origin}${url.pathname}` !== url.href) return refuse('must have no user, query or fragment', form);
    if (url.protocol === 'http:' && !isLoopback(url.hostname))
      return refuse('must be https: tokens would travel in the clear', 'use https, or a host on loopback');
    return url.href.replace(/\/+$/, '');
  };
