import { cleanText } from '../../../src/lib/clean-text.ts';
import { alignColumns } from '../align-columns.ts';
import type { Session } from '../context.ts';
import { printDone } from '../print.ts';
import { type DescribedMessage, describeMessage } from './describe-message.ts';
import { findMessage } from './find-message.ts';

const whoWrote = ({ who, agent }: DescribedMessage): string => {
  if (agent === null) return who === 'user' ? 'whoever called the API' : who;
  return 'name' in agent
    ? `the agent ${agent.name} (${agent.model}), ${agent.id}`
    : `an agent that is deleted, ${agent.id}`;
};

const attemptLine = (attempt: DescribedMessage['attempts'][number]): string => {
  const { number, provider, outcome, duration_ms: duration, started_at: startedAt } = attempt;
  const details = [attempt.reason, attempt.code && `code ${attempt.code}`, attempt.message];
  const said = details.filter((detail) => detail !== null && detail !== '').join(', ');
  return `${number}. ${startedAt} ${provider}: ${outcome} after ${duration} ms${said && ` (${said})`}`;
};

const toLines = (message: DescribedMessage): readonly (readonly [string, string | null])[] => {
  const { conversation, error, usage, attempts } = message;
  return [
    ['message', `${message.message_id} (${message.uuid})`],
    ['status', message.status],
    ['channel', `${message.channel}, ${message.direction}`],
    ['written by', whoWrote(message)],
    [
      'conversation',
      conversation.external_id
        ? `${conversation.external_id} (${conversation.id})`
        : conversation.id,
    ],
    ['created', message.created_at],
    ['next try', message.next_try_at],
    ['sent', message.sent_at],
    ['delivered', message.delivered_at],
    ['read', message.read_at],
    ['failed', message.failed_at],
    ['error', error && `${error.code}, retry: ${error.retry}`],
    ['what happened', error?.happened ?? null],
    ['what to do', error?.what_to_do ?? null],
    ['provider', message.provider],
    ['its id there', message.provider_message_id],
    ['replies to', message.replies_to],
    ['answers', message.answers],
    ['tokens', usage && `${usage.input_tokens} read, ${usage.output_tokens} written`],
    ...attempts.map((attempt) => ['attempt', attemptLine(attempt)] as const),
    ['instruction', message.instruction],
    ['subject', message.subject],
    ['content', message.content],
  ];
};

/** Labels and values in two columns. Empty ones are left out. */
const toText = (message: DescribedMessage): string =>
  alignColumns(
    toLines(message).flatMap(([label, value]) =>
      value === null ? [] : [[label, cleanText(value).replaceAll('\n', '\n    ')]],
    ),
  );

export const showMessage = async (session: Session, id: string): Promise<void> => {
  const message = describeMessage(await findMessage(session, id));
  printDone(session, message, toText(message));
};
