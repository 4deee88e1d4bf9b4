/** The effect at Twilio of a text that is exactly one of its words, in any case. */
export type OptOutType = 'STOP' | 'START' | 'HELP';

const types: ReadonlyMap<string, OptOutType> = new Map([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'].map(
    (word) => [word, 'STOP'] as const,
  ),
  ...['START', 'YES', 'UNSTOP'].map((word) => [word, 'START'] as const),
  ...['HELP', 'INFO'].map((word) => [word, 'HELP'] as const),
]);

export const optOutTypeOf = (text: string): OptOutType | undefined =>
  types.get(text.trim().toUpperCase());

type Pair = { readonly ours: string; readonly theirs: string };

/** Which of the account's numbers may no longer text which contact: https://www.twilio.com/docs/api/errors/21610 */
export const createStops = () => {
  const stopped = new Set<string>();
  const keyOf = ({ ours, theirs }: Pair) => `${ours} ${theirs}`;
  return {
    /** The contact texts one of the numbers. */
    hear: (pair: Pair, text: string): void => {
      const type = optOutTypeOf(text);
      if (type === 'STOP') stopped.add(keyOf(pair));
      if (type === 'START') stopped.delete(keyOf(pair));
    },
    bars: (pair: Pair): boolean => stopped.has(keyOf(pair)),
    clear: () => stopped.clear(),
  };
};
