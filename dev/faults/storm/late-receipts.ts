import type { Vendors } from '../../vendors/index.ts';
import type { SentMessage } from '../../vendors/journal.ts';
import { mapInParallel } from '../pool.ts';

/** The last receipts of a vendor for a message. The first of them names our id if the call's response was lost. */
const wordsFor = ({ vendor, channel }: SentMessage): readonly string[] => {
  if (vendor === 'resend') return ['email.delivered'];
  if (channel === 'facebook') return ['echo', 'delivery'];
  return ['delivered'];
};

/** Each vendor posts its last receipts again, because those that came while the database was away are lost. */
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
