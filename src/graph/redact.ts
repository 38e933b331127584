/** `text` without any of the `secrets`, plain or form-encoded: a server may echo what it was sent. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret), new URLSearchParams({ _: secret }).toString().slice(2)])
    .reduce((rest, form) => rest.replaceAll(form, '[secret]'), text);
}

/** One line of at most `limit` characters: what a server says ends up in logs and on the page. */
export function oneLine(text: string, limit = 500): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
