import type { Receipt } from './receipt-schema.ts';
import { type Email, listAddresses } from './resend-request.ts';

// resend-openapi, webhooks.

export type ResendEvent = {
  readonly type: string;
  readonly created_at: string;
  readonly data: object;
};

const toResendType = (status: string): string =>
  status.startsWith('email.') ? status : `email.${status}`;

const diagnosticCode = ['smtp; 550 5.1.1 user unknown'];

const usualMessage =
  "The recipient's email provider sent a bounce message, and no mailbox has this address.";

/** The fields that the event adds to the email's own. */
const detailsOf = (type: string, { errorCode, errorMessage }: Receipt, now: string): object => {
  const message = errorMessage ?? usualMessage;
  switch (type) {
    case 'email.bounced':
      return {
        bounce: {
          type: `${errorCode ?? 'Permanent'}`,
          subType: 'General',
          message,
          diagnosticCode,
        },
      };
    case 'email.suppressed': {
      const reason = `${errorCode ?? 'previous_bounce'}`;
      return { suppressed: { type: 'OnAccountSuppressionList', reason, message, diagnosticCode } };
    }
    case 'email.failed':
      return { failed: { reason: `${errorCode ?? 'reached_daily_quota'}` } };
    case 'email.clicked':
      return {
        click: {
          ipAddress: '192.0.2.1',
          link: 'https://acme-dental.example/',
          timestamp: now,
          userAgent: 'Mozilla/5.0',
        },
      };
    default:
      return {};
  }
};

/** An event about an email that was sent. A list of tags becomes an object here. */
export const toReceiptEvent = (emailId: string, email: Email, receipt: Receipt): ResendEvent => {
  const now = new Date().toISOString();
  const type = toResendType(receipt.status);
  const { from, subject, to, tags = [] } = email;
  const data = {
    email_id: emailId,
    created_at: now,
    from,
    to: listAddresses(to),
    subject,
    tags: Object.fromEntries(tags.map(({ name, value }) => [name, value])),
    ...detailsOf(type, receipt, now),
  };
  return { type, created_at: now, data };
};
