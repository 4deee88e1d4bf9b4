/** Seals and opens the credentials of connections, so that the database never holds them in the clear. */
export type CredentialsVault = {
  /** Returns an envelope that can be opened for this connection only. */
  readonly seal: (credentials: unknown, connectionId: string) => Promise<string>;
  /** Throws when the envelope was not sealed for this connection, or with a key that is not here. */
  readonly open: (envelope: string, connectionId: string) => Promise<unknown>;
};
