import { Resend } from 'resend';

export const createSend = ({ origin, content, demo }) => {
  const resend = new Resend(demo.resend.apiKey, { baseUrl: origin });
  const email = {
    from: demo.resend.from,
    to: demo.contact.email,
    subject: 'Your appointment',
    text: content,
  };
  return async () => {
    const { data, error } = await resend.emails.send(email);
    if (error) throw new Error(error.message);
    return data.id;
  };
};
