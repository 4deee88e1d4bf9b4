import { messageExample, requestExamples } from './examples.ts';

const { content, conversation_id, channel } = requestExamples.asItIs.value;
const id = messageExample.message_id;

const curl = (...more: readonly string[]) =>
  [
    'curl "$CRM_API_URL/send-message" -H "x-api-key: $CRM_API_KEY"',
    ...more.map((header) => `-H '${header}'`),
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify(requestExamples.asItIs.value)}'`,
  ].join(' \\\n  ');

const client = `import { createClient } from 'crm-api';

const { CRM_API_URL = '', CRM_API_KEY = '' } = process.env;
const crm = createClient({ url: CRM_API_URL, apiKey: CRM_API_KEY });
`;

const message = `{
  content: '${content}',
  ai: false,
  conversation_id: '${conversation_id}',
  channel: '${channel}',
}`;

const python = `import os, time, requests

url, key = os.environ['CRM_API_URL'], os.environ['CRM_API_KEY']
headers = {'x-api-key': key, 'Idempotency-Key': 'reminder-17'}  # made of your data's own id: one key per message
message = {'content': '${content}', 'ai': False,
           'conversation_id': '${conversation_id}', 'channel': '${channel}'}
for attempt in range(4):
    answer = requests.post(url + '/send-message', json=message, headers=headers, timeout=90)
    body = answer.json()
    if answer.ok or body['error']['retry'] != 'safe':
        break
    time.sleep(int(answer.headers.get('Retry-After', 2 ** attempt)))
print(body)
`;

const sample = (lang: string, label: string, source: string) => ({ lang, label, source });

export const sendSamples = [
  sample('Shell', 'curl', curl('Idempotency-Key: reminder-17')),
  sample(
    'TypeScript',
    'TypeScript',
    `${client}const sent = await crm.sendMessage(${message}, { idempotencyKey: 'reminder-17' });\n`,
  ),
  sample('Python', 'Python', python),
  sample('Shell', 'curl, later', curl('Idempotency-Key: reminder-17', 'Prefer: respond-async')),
  sample(
    'TypeScript',
    'TypeScript, later',
    `${client}const queued = await crm.sendMessage(${message}, { async: true });\n`,
  ),
  sample(
    'Python',
    'Python, later',
    "# As above, with one more header:\nheaders['Prefer'] = 'respond-async'  # 202: ask answer.headers['Location'] later\n",
  ),
];

export const messageSamples = [
  sample('Shell', 'curl', `curl "$CRM_API_URL/messages/${id}" -H "x-api-key: $CRM_API_KEY"`),
  sample('TypeScript', 'TypeScript', `${client}const message = await crm.getMessage('${id}');\n`),
  sample(
    'Python',
    'Python',
    `import os, requests

url, key = os.environ['CRM_API_URL'], os.environ['CRM_API_KEY']
print(requests.get(url + '/messages/${id}', headers={'x-api-key': key}, timeout=30).json())
`,
  ),
];
