const ours = /^<(msg_[0-9a-z]{26})@/;

/** The Message-ID of our email. A reply names it in `In-Reply-To` or `References`. */
export const toEmailMessageId = (id: string, from: string): string => {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'crm-api.invalid';
  return `<${id}@${domain.toLowerCase()}>`;
};

/** Our own message ids (`msg_…`) among the ids of a thread, each once. */
export const findOurIds = (threadIds: readonly string[]): string[] => [
  ...new Set(threadIds.flatMap((id) => ours.exec(id)?.[1] ?? [])),
];

/**
 * The ids in a header such as `References`, with their angle brackets. If there are many: the first one and the last
 * ones.
 */
export const readThreadIds = (header: string): string[] => {
  const ids = header.match(/<[^<>\s]{1,250}>/g) ?? [];
  return ids.length > 40 ? [...ids.slice(0, 20), ...ids.slice(-20)] : ids;
};
