/** Which words a server of Chat Completions knows. They differ by model behind one address. */
export type ChatDialect = {
  readonly limitField: 'max_tokens' | 'max_completion_tokens';
  /** `user`: the system text is put at the head of the first turn. */
  readonly systemRole: 'system' | 'developer' | 'user';
};

// OpenAI's reasoning models refuse max_tokens on every server; other servers may ignore max_completion_tokens.
const modernHosts = /(^|\.)api\.openai\.com$|\.(openai|services\.ai)\.azure\.com$|^api\.x\.ai$/;

export const usualDialect = (baseUrl: string): ChatDialect => ({
  limitField: modernHosts.test(new URL(baseUrl).hostname) ? 'max_completion_tokens' : 'max_tokens',
  systemRole: 'system',
});

const unknown =
  /un(supported|known|recogni[sz]ed|expected)|not (supported|permitted|allowed)|extra|deprecated/;
const tooMany = /too (large|many|high|big)|at most|exceed|less than|maximum/;
const wrongRole = /\brole|only user and assistant/;

const refusesLimit = (field: string, refusal: string): boolean => {
  if (/unsupported_parameter/.test(refusal)) return true;
  return refusal.includes(field) && unknown.test(refusal) && !tooMany.test(refusal);
};

const refusesRole = (refusal: string): boolean =>
  wrongRole.test(refusal) &&
  (unknown.test(refusal) || /must alternate|only user and assistant|invalid/.test(refusal));

const otherRole = (role: ChatDialect['systemRole'], refusal: string): ChatDialect['systemRole'] => {
  if (role === 'developer') return 'system';
  // OpenAI's words. A chat template that has no system role has no developer role either.
  return /unsupported_value|developer/.test(refusal) ? 'developer' : 'user';
};

/** The other dialect, if the server says which word it does not know; null if it does not say that. */
export const otherDialect = (dialect: ChatDialect, answered: string): ChatDialect | null => {
  const refusal = answered.toLowerCase();
  const { limitField, systemRole } = dialect;
  if (refusesRole(refusal) && systemRole !== 'user') {
    return { ...dialect, systemRole: otherRole(systemRole, refusal) };
  }
  if (!refusesLimit(limitField, refusal)) return null;
  const other = limitField === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  return { ...dialect, limitField: other };
};
