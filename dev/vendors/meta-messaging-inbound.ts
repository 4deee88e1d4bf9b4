import type { InboundAttachment, InboundOn } from './inbound-schema.ts';
import { accountIds, createMid, toMessagingCall } from './meta-webhook.ts';
import type { Letter } from './webhook.ts';

type Inbound = InboundOn<'facebook'> | InboundOn<'instagram'>;

const toFile = ({ kind, url }: InboundAttachment) => ({
  type: kind === 'document' ? 'file' : kind,
  payload: { url },
});

// The thumb, in both of the ways in which Meta sends it.
const thumb = { sticker_id: 369239263222822, url: 'https://files.example.com/thumb.png' };
const like = ['image', 'sticker'].map((type) => ({ type, payload: thumb }));

const toMessage = ({ text, attachments, inReplyTo }: Inbound) => ({
  ...(text === '' ? {} : { text }),
  ...(attachments.length === 0 ? {} : { attachments: attachments.map(toFile) }),
  ...(inReplyTo === undefined ? {} : { reply_to: { mid: inReplyTo } }),
});

/** Meta's own inbox. */
const inboxAppId = 26_390_203_743_090;

const toContent = (inbound: Inbound, mid: string): object => {
  const { channel, text, what } = inbound;
  switch (what.type) {
    case 'sticker':
      return {
        message: { mid, attachments: channel === 'facebook' ? like : [{ type: 'like_heart' }] },
      };
    case 'button':
      return what.of === 'message'
        ? { message: { mid, text: what.title, quick_reply: { payload: what.id } } }
        : { postback: { mid, title: what.title, payload: what.id } };
    case 'unknown':
      return { message: { mid, is_unsupported: true } };
    case 'correction':
      return { message_edit: { mid, text, num_edit: 1 } };
    case 'withdrawal':
      return { message: { mid, is_deleted: true } };
    case 'echo': {
      const app = channel === 'facebook' ? { app_id: inboxAppId } : {};
      return { message: { mid, ...toMessage(inbound), is_echo: true, ...app } };
    }
    default:
      return { message: { mid, ...toMessage(inbound) } };
  }
};

/** A message to the Facebook page or the Instagram account, or an event about one, as Meta sends it. */
export const writeMessaging = (inbound: Inbound, url: string): Letter => {
  const { channel, from, what, at } = inbound;
  const mid = 'providerMessageId' in what ? what.providerMessageId : createMid(channel);
  const [sender, recipient] =
    what.type === 'echo' ? [accountIds[channel], from] : [from, accountIds[channel]];
  const event = { sender, recipient, content: toContent(inbound, mid), at };
  return { providerMessageId: mid, call: toMessagingCall(url, channel, event) };
};
