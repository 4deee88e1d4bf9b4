/** An account at a vendor, its credentials still sealed. */
export type SealedConnection = {
  readonly id: string;
  readonly provider: string;
  readonly credentials: string;
};

/** With the database's time, in milliseconds since 1970. */
export type CalledConnection = SealedConnection & { readonly now: number };
