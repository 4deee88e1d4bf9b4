const parseUrl = (url: string): URL | null => {
  try {
    return new URL(url);
  } catch {
    return null;
  }
};

/** Throws a TypeError for an address that no fetch can call. */
export const addressOf = (url: string, path: string): string => {
  const parsed = parseUrl(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
    throw new TypeError(
      '`url` must be the whole address of the API, with https:// and without a password.',
    );
  }
  return `${url.replace(/\/+$/, '')}${path}`;
};

/** Throws a TypeError for a value that no header can hold. */
export const headersOf = (entries: Readonly<Record<string, string>>): Headers => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(entries)) {
    try {
      headers.set(name, value);
    } catch {
      // Has no `cause`, because that may quote the API key.
      throw new TypeError(`${name} has a character that no header can carry.`);
    }
  }
  return headers;
};
