/** Names of Fibre Channel ports. Their normal form is lower case, with colons: it is the one that is recorded. */

/** 16 hex digits, with or without colons, to the form with colons. Undefined when it is none. */
export function normaliseWwpn(text: string): string | undefined {
  const name = text.toLowerCase();
  if (!/^(?:[0-9a-f]{16}|[0-9a-f]{2}(?::[0-9a-f]{2}){7})$/.test(name)) return undefined;
  return name.replaceAll(':', '').match(/../g)!.join(':');
}
