// https://developers.facebook.com/documentation/business-messaging/whatsapp: a country, then letters and digits.
const pattern = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/** WhatsApp's id for people with a username, who may have no phone number: `US.1349…`. */
export const isBusinessScopedId = (address: string): boolean => pattern.test(address);
