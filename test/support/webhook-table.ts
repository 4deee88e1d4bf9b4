import { demoData } from '../../dev/demo-data.ts';
import { challengeCall, metaCall, resendCall, smsCall } from './webhook-requests.ts';

const nobody = 'c0477e55-0000-4000-8000-00000000dead';

const webhook = (
  name: string,
  call: ReturnType<typeof smsCall>,
  status = 200,
  code: string | null = null,
) => ({ name, ...call, status, code });

const page = (messaging: object) => ({
  object: 'page',
  entry: [{ id: demoData.meta.pageId, messaging: [messaging] }],
});
const bounce = {
  type: 'email.delivered',
  created_at: '2026-11-01T10:00:00.000Z',
  data: { email_id: 'nobody-knows-this-one' },
};
const seconds = Math.floor(Date.now() / 1000);
const unsigned = { ...smsCall('Hello', 'SM1').headers, 'x-twilio-signature': 'AAAA' };

/** Vendors' calls; the last one opts the demo's contact out of SMS. */
export const webhookTable = [
  webhook('a text by SMS', smsCall('When are you open?', 'SM00000000000000000000000000000001')),
  webhook(
    'the same text again',
    smsCall('When are you open?', 'SM00000000000000000000000000000001'),
  ),
  webhook(
    'a text that is not signed',
    { ...smsCall('Hello', 'SM1'), headers: unsigned },
    401,
    'invalid_signature',
  ),
  webhook(
    'a message on Messenger',
    metaCall(
      page({
        sender: { id: demoData.contact.messengerUserId },
        recipient: { id: demoData.meta.pageId },
        timestamp: seconds * 1000,
        message: { mid: 'm_table', text: 'Grüße!' },
      }),
    ),
  ),
  webhook(
    'an event that nobody knows',
    metaCall({ object: 'page', entry: [{ id: '1', changes: [] }] }),
  ),
  webhook('the challenge', challengeCall(demoData.meta.verifyToken)),
  webhook('a challenge of somebody else', challengeCall('guess'), 401, 'invalid_signature'),
  webhook('a receipt', resendCall(bounce, 'msg_1', seconds)),
  webhook('an old receipt', resendCall(bounce, 'msg_2', seconds - 600), 401, 'invalid_signature'),
  webhook(
    'an unknown connection',
    { ...smsCall('Hello', 'SM2'), path: `/webhooks/twilio/${nobody}` },
    404,
    'not_found',
  ),
  webhook('STOP by SMS', smsCall('stop', 'SM00000000000000000000000000000002')),
];
