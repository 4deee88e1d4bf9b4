const pattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A UUID of any version, as Postgres writes it or in capitals. */
export const isUuid = (text: string): boolean => pattern.test(text);
