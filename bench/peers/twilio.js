import twilio from 'twilio';

/** The SDK takes no base URL, but a client for its requests: this one is its own, and asks the double. */
export const createSend = ({ origin, content, callback, demo }) => {
  const { accountSid, authToken, phoneNumber } = demo.twilio;
  const own = new twilio.RequestClient();
  const request = ({ uri, ...options }) =>
    own.request({ ...options, uri: uri.replace('https://api.twilio.com', origin) });
  const client = twilio(accountSid, authToken, { httpClient: { request } });
  const message = {
    to: demo.contact.phone,
    from: phoneNumber,
    body: content,
    statusCallback: callback,
  };
  return async () => (await client.messages.create(message)).sid;
};
