const ours = /^<(msg_[0-9a-z]{26})@/;

/** The Message-ID of an email of ours: a reply names it in `In-Reply-To` and `References`. */
export const toEmailMessageId = (id: string, from: string): string => {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'crm-api.invalid';
  return `<${id}@${domain}>`;
};

/** Our own message ids (`msg_…`) among the ids of a thread. */
export const findOurIds = (threadIds: readonly string[]): string[] =>
  threadIds.flatMap((id) => ours.exec(id)?.[1] ?? []);

/** The ids in a header such as `References`, angle brackets included. */
export const readThreadIds = (header: string): string[] => header.match(/<[^<>\s]{1,250}>/g) ?? [];
