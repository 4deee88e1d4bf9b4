import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { toKeyedAddress } from '../../src/lib/address-key.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { createContactsSetup, phoneOf } from './contacts-setup.ts';
import type { Crm } from './run-crm.ts';

/** A network that cuts the database off from the `nth` batch on, for that many tries. */
const cutFrom = (nth: number, times: number) => {
  let batches = 0;
  return (fetch: Fetch): Fetch =>
    async (url, init) => {
      if (url.includes('import_contacts')) batches += 1;
      if (batches >= nth && batches < nth + times) throw new TypeError('fetch failed');
      return fetch(url, init);
    };
};

const manyPeople = (name: string): string =>
  ['email', ...Array.from({ length: 500 }, (_, n) => `${name}-${n}@example.com`)].join('\n');

/** `contacts import`: the lines that it refuses, and the errors that stop it. */
export const describeContactsRefusals = (crm: () => Crm): void => {
  const { runImport, importCsv, readAll, findByAddress } = createContactsSetup(crm);

  it.each([
    ['Mia Secret,12,mia@example.com,crm_1', /phone number is not valid/, ['--country', 'DE']],
    ['Mia Secret,0151 12345678,mia@example.com,crm_1', /does not begin with \+.*--country/, []],
    ['Mia Secret,+49151 12345678 ext 5,,crm_1', /has an extension/, []],
    ['Mia Secret,4.91511E+11,,crm_1', /a spreadsheet has rounded/, ['--country', 'DE']],
    ['Mia Secret,+4915112345678,mia@,crm_1', /email address is not valid/, []],
    ['Mia Secret,,,crm_1', /no phone number and no email/, []],
    [`${'Mia Secret'.repeat(21)},,mia@example.com,`, /longer than 200/, []],
    [`Mia Secret,,mia@example.com,${'crm_1'.repeat(52)}`, /longer than 255/, []],
    ['Mia Secret,,mia@example.com,crm_1,surplus', /more values than/, []],
    ['Mia\uFFFD Secret,,mia@example.com,crm_1', /not in UTF-8/, []],
  ])('skips the whole line %j, and says which and why alone', async (line, reason, options) => {
    const before = await readAll();
    const csv = `name,phone,email,conversation_id\n\n${line}\n`;
    const { exitCode, report } = await importCsv(csv, options);
    expect({ exitCode, skipped: report.skipped }).toEqual({
      exitCode: 1,
      skipped: [{ line: 3, reason: expect.stringMatching(reason) }],
    });
    expect(await readAll()).toBe(before);
    const { stdout, stderr } = await runImport(csv, options);
    expect(stdout).toMatch(/^line 3: /);
    expect(stdout + stderr).not.toMatch(/mia|151|crm_1|surplus/i);
  });

  it.each([
    ['name,phone', `"Bob,${phoneOf(50)}\nAnn,${phoneOf(51)}\n"Eve",${phoneOf(52)}`],
    ['phone,name', `${phoneOf(50)},"Bob\n${phoneOf(51)},Ann\n${phoneOf(52)},"Eve"`],
    ['name,phone', `"Bob,${phoneOf(50)}\r\nAnn,${phoneOf(51)}\r\n"Eve",${phoneOf(52)}`],
    ['name,phone', `Bob,"${phoneOf(50)}\n\n"`],
    ['email,phone', `"bob@example.com\r\n\r\n",${phoneOf(50)}`],
    ['conversation_id,phone', `"crm\r\rbob",${phoneOf(50)}`],
  ])('refuses a line where a quotation mark swallows others: %s %j', async (columns, lines) => {
    const end = lines.includes('\r\n') ? '\r\n' : '\n';
    const csv = [columns, '', lines, `"",${phoneOf(53)}`].join(end);
    const swap = columns.startsWith('phone') ? csv.replace(/"",(.*)$/, '$1,') : csv;
    const { exitCode, report } = await importCsv(swap);
    expect({ exitCode, skipped: report.skipped }).toEqual({
      exitCode: 1,
      skipped: [
        { line: 3, reason: expect.stringMatching(/not closed.*up to line 5 are not read/) },
      ],
    });
    expect(await findByAddress(phoneOf(53))).toHaveLength(1);
    for (const phone of [50, 51, 52]) expect(await findByAddress(phoneOf(phone))).toEqual([]);
  });

  it('takes line breaks in columns that it does not read, and shows of a heading one line: people may be in the others', async () => {
    const csv = `"Note\u001b[31m\u009b2J\r\nZoe Private",phone\n"one\ntwo",${phoneOf(54)}`;
    const { exitCode, stdout, stderr } = await runImport(csv);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1 imported/),
    });
    expect(stderr).toBe('Columns that are not read: Note[31m2J …\n');
  });

  it('says nothing of who is in the file, whatever comes of them', async () => {
    const csv = `name,phone,email,birthday,conversation_id
Nat Private,${phoneOf(20)},nat@example.com,1.1.70,crm_nat
Nat Private,${phoneOf(21)},nat@example.com,,crm_nat_2
Nat Private,0,private@example.com,,`;
    for (const options of [['--dry-run'], [], ['--whatsapp'], ['--json']]) {
      const { stdout, stderr } = await runImport(csv, options);
      expect(stdout + stderr).not.toMatch(/private|4915|nat@|crm_nat/i);
      const isJson = options.includes('--json');
      expect(stderr).toBe(isJson ? '' : 'Columns that are not read: birthday\n');
      if (isJson) expect(JSON.parse(stdout)).toMatchObject({ ignored_columns: ['birthday'] });
    }
  });

  it('reads numbers without + as those of --country', async () => {
    await importCsv(`phone\n0151 00 00 00 22\n'+49 (151) 00000023`, ['--country', 'de']);
    expect(await findByAddress('+4915100000022')).toHaveLength(1);
    expect(await findByAddress('+4915100000023')).toHaveLength(1);
  });

  it.each([
    ['', /first line has to name the columns/],
    ['Olga Secret,+4915112345678\n', /first line has to name the columns/],
    ['name,conversation_id\nOlga Secret,x\n', /first line has to name the columns/],
    ['phone,Mobile\n1,2\n', /two columns for phone/],
    ['phone\n"+4915112345678\n+4915112345679\n', /from line 2 on: a quotation mark/],
  ])('refuses the file %j', async (csv, message) => {
    const before = await readAll();
    const ran = await runImport(csv);
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toMatch(/olga|4915/i);
    expect(await readAll()).toBe(before);
  });

  it.each([
    [['contacts', 'import', tmpdir()], 1, /is a folder: name the CSV file/],
    [['contacts', 'import', '/no/such.csv'], 1, /\/no\/such.csv cannot be read/],
    [['contacts', 'import'], 2, /missing required argument 'file'/],
    [['contacts', 'import', '-', '--country', 'Germany'], 2, /two letters, such as DE/],
    [['contacts', 'import', '-', '--account', 'nobody'], 1, /no such sub-account/],
  ])('refuses %j with exit code %d', async (args, exitCode, message) => {
    const ran = await crm().run(args);
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toMatch(message);
  });

  it('says how far it came when the database goes away, and goes on from there when it is run again', async () => {
    const csv = manyPeople('gone');
    const stopped = await importCsv(csv, [], { around: cutFrom(2, 100) });
    expect(stopped).toMatchObject({
      exitCode: 1,
      report: { complete: false, imported: 200, last_line: 201 },
    });
    expect(stopped.stderr).toMatch(/stopped after line 201\. Run it again.*\n.*cannot be reached/);
    expect(await findByAddress('gone-%')).toHaveLength(200);
    expect((await importCsv(csv)).report).toMatchObject({ imported: 300, unchanged: 200 });
  });

  it('gets over a database that is away for a moment', async () => {
    const { exitCode, report } = await importCsv(manyPeople('moment'), [], {
      around: cutFrom(2, 2),
    });
    expect({ exitCode, report }).toMatchObject({ exitCode: 0, report: { imported: 500 } });
  });

  it('stops on Ctrl-C between two batches, and says how far it came', async () => {
    const controller = new AbortController();
    const ran = await importCsv(manyPeople('ctrl-c'), [], {
      interrupted: controller.signal,
      onLine: (line) => line.startsWith('up to line 201') && controller.abort(),
    });
    expect(ran).toMatchObject({ exitCode: 130, report: { complete: false, imported: 200 } });
    expect(await findByAddress('ctrl-c-%')).toHaveLength(200);
  });

  it('stores a batch as a whole or not at all', async () => {
    const before = await readAll();
    const rows = ['pia@example.com', 'x'.repeat(321)].map((address) => ({
      name: null,
      external_id: null,
      addresses: [toKeyedAddress('email', address)],
    }));
    const call = `select public.import_contacts(id, '${JSON.stringify(rows)}') from sub_accounts where name = 'Acme Dental'`;
    await expect(crm().database.query(call)).rejects.toThrow(/check constraint/);
    expect(await readAll()).toBe(before);
  });
};
