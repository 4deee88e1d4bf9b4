import { errorTable } from '../src/errors.ts';

const row = ([code, { status, retry, happened, remedy }]: [
  string,
  (typeof errorTable)[keyof typeof errorTable],
]) => `| ${status} | \`${code}\` | ${retry} | ${happened} | ${remedy} |`;

/** docs/errors.md, from the table that the function answers with. */
export const buildErrorDocs = (): string => `# Errors

<!-- Made by \`npm run generate\` from src/errors.ts: change it there. -->

Every error has the same shape:

\`\`\`json
{
  "error": {
    "code": "conversation_not_found",
    "message": "one sentence that says what to do",
    "retry": "never",
    "request_id": "…",
    "doc_url": "https://…/crm-api/errors/conversation_not_found"
  }
}
\`\`\`

and, where they apply, \`issues\` (a list of \`{path, message}\`), \`message_id\` (a message was stored: ask
\`GET /messages/{message_id}\`) and \`provider\` (\`{name, code, message, reason}\`).

\`retry\` is a promise to a machine:

- **never**: the same request cannot succeed.
- **safe**: nothing was sent. Send it again, with the same \`Idempotency-Key\`.
- **check**: it may have been sent. Ask \`GET /messages/{message_id}\` before sending again.

422 means that no provider was asked; 500 with a \`delivery_…\` code means that one was. Where the column below
says safe, a response can still say \`never\` when the cause does not go away by waiting (an invalid number, an agent without a model).

| status | code | retry | what happened | what to do |
|---|---|---|---|---|
${Object.entries(errorTable).map(row).join('\n')}
`;
