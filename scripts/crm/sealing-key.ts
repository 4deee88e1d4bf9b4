/** The id of the key that sealed an envelope (src/lib/credentials-vault.ts says how one is built). */
export const sealingKeyOf = (envelope: string): string => envelope.split('.')[1] ?? '';
