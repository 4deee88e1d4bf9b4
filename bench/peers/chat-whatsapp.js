import { createWhatsAppAdapter } from '@chat-adapter/whatsapp';

export const createSend = ({ origin, content, demo }) => {
  const { accessToken, appSecret, verifyToken, phoneNumberId } = demo.meta;
  const adapter = createWhatsAppAdapter({
    apiUrl: origin,
    accessToken,
    appSecret,
    verifyToken,
    phoneNumberId,
  });
  const userWaId = demo.contact.phone.replace('+', '');
  const thread = adapter.encodeThreadId({ phoneNumberId, userWaId });
  return async () => (await adapter.postMessage(thread, content)).id;
};
