import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import { emailRequest, send, twilioRequest, whatsappRequest } from './vendor-requests.ts';

// The vendors' own descriptions are beside the repository, not part of it.
const folder = join(import.meta.dirname, '../../../shared/vendors/contracts');
const isHere = existsSync(folder);
const title = isHere
  ? "the doubles' answers fit the vendors' contracts"
  : "SKIPPED: the vendors' contracts are not here (../shared/vendors/contracts)";

const rfc2822 = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/;

const findProblems = (file: string, schema: string, answer: unknown) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  ajv.addFormat('date-time-rfc-2822', rfc2822).addFormat('phone-number', /^(whatsapp:)?\+\d+$/);
  ajv.addSchema(JSON.parse(readFileSync(join(folder, file), 'utf8')), file);
  const $ref = `${file}#/components/schemas/${schema}`;
  // No field that the vendor does not know, and no missing one.
  const validate = ajv.compile({ $ref, unevaluatedProperties: false });
  validate(answer);
  return validate.errors ?? [];
};

const fieldsOf = (file: string, schema: string): readonly string[] =>
  Object.keys(
    JSON.parse(readFileSync(join(folder, file), 'utf8')).components.schemas[schema].properties,
  ).sort();

describe.skipIf(!isHere)(title, () => {
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors();
  });
  afterAll(() => vendors.stop());

  test.each([
    ['twilio.messages.json', 'api.v2010.account.message', twilioRequest()],
    ['meta.whatsapp-messages.patched.json', 'MessageResponsePayload', whatsappRequest()],
    ['resend.emails.json', 'SendEmailResponse', emailRequest()],
  ])('%s', async (file, schema, request) => {
    const answer: object = await (await send(vendors, request)).json();
    expect(findProblems(file, schema, answer)).toEqual([]);
    expect(Object.keys(answer).sort()).toEqual(fieldsOf(file, schema));
  });
});
