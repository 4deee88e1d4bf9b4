import type { Vendors } from '../../vendors/index.ts';
import type { SentMessage } from '../../vendors/journal.ts';
import { mapInParallel } from '../pool.ts';

/** The last words of a vendor on a message that it took; the first of them names ours where the call's answer was lost. */
const wordsFor = ({ vendor, channel }: SentMessage): readonly string[] => {
  if (vendor === 'resend') return ['email.delivered'];
  if (channel === 'facebook') return ['echo', 'delivery'];
  return ['delivered'];
};

/** Each vendor says once more what became of what it took: what came while the database was away is lost. */
export const postLateReceipts = async (vendors: Vendors): Promise<string> => {
  const sent = vendors.sent();
  let refused = 0;
  await mapInParallel(sent, 10, async (message) => {
    const { providerMessageId } = message;
    for (const status of wordsFor(message)) {
      const posted = await vendors.receipt({ providerMessageId, status });
      if (posted.status !== 200) refused += 1;
    }
  });
  return `for ${sent.length} messages, ${refused} refused`;
};
