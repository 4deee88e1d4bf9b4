import { createTwilioAdapter } from '@chat-adapter/twilio';

export const createSend = ({ origin, content, callback, demo }) => {
  const { accountSid, authToken, phoneNumber } = demo.twilio;
  const adapter = createTwilioAdapter({
    apiUrl: origin,
    accountSid,
    authToken,
    phoneNumber,
    statusCallbackUrl: callback,
  });
  const thread = adapter.encodeThreadId({ sender: phoneNumber, recipient: demo.contact.phone });
  return async () => (await adapter.postMessage(thread, content)).id;
};
