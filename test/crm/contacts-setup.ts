import { z } from 'zod';
import type { Crm, RunOptions } from './run-crm.ts';

const reportSchema = z.strictObject({
  complete: z.boolean(),
  dry_run: z.boolean(),
  imported: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  skipped_count: z.number(),
  last_line: z.number(),
  ignored_columns: z.array(z.string()),
  skipped: z.array(z.strictObject({ line: z.number(), reason: z.string() })),
  conversations: z.array(z.strictObject({ line: z.number(), conversation_id: z.string() })),
});

/** A number that no other contact here has. */
export const phoneOf = (number: number): string => `+4915${String(100_000_000 + number)}`;

/** The tools of tests of an import: files made of text, and every row that an import can touch. */
export const createContactsSetup = (crm: () => Crm) => {
  const runImport = (csv: string | Uint8Array, options: string[] = [], given: RunOptions = {}) =>
    crm().run(['contacts', 'import', '-', ...options], { stdin: csv, ...given });

  return {
    runImport,

    /** The report, and the output around it. */
    importCsv: async (csv: string | Uint8Array, options: string[] = [], given?: RunOptions) => {
      const ran = await runImport(csv, [...options, '--json'], given);
      return { ...ran, report: reportSchema.parse(JSON.parse(ran.stdout)) };
    },

    /** All rows, with the transaction that last wrote each. */
    readAll: async () => {
      const [row] = await crm().database.query(`select jsonb_build_object(
        'contacts', (select jsonb_agg(jsonb_build_array(t.xmin::text, to_jsonb(t)) order by t.id) from contacts t),
        'addresses', (select jsonb_agg(jsonb_build_array(t.xmin::text, to_jsonb(t)) order by t.id) from contact_addresses t),
        'conversations', (select jsonb_agg(jsonb_build_array(t.xmin::text, to_jsonb(t)) order by t.id) from conversations t)
      )::text as rows`);
      return z.string().parse(row?.rows);
    },

    /** The contacts that have an address like this, as name, addresses and conversations. */
    findByAddress: async (pattern: string) => {
      const [row] = await crm().database.query(`select coalesce(jsonb_agg(jsonb_build_object(
        'name', c.name,
        'addresses', (select jsonb_agg(a.channel || ' ' || a.address order by a.channel) from contact_addresses a where a.contact_id = c.id),
        'conversations', (select jsonb_agg(v.external_id order by v.external_id) from conversations v where v.contact_id = c.id)
      ) order by c.created_at, c.id), '[]')::text as found
      from contacts c where exists (select from contact_addresses a where a.contact_id = c.id and a.address ilike '${pattern}')`);
      return JSON.parse(z.string().parse(row?.found));
    },
  };
};
