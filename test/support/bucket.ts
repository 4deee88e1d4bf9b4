/** SQL that sets the rate of every API key, and how many tokens its bucket holds now. */
export const setBucket = (limit: number, tokens = limit): string => `
  update public.api_keys set rate_limit = ${limit};
  delete from crm_api.rate_parts;
  insert into crm_api.rate_parts (api_key_id, part, full_at)
  select id, part, extract(epoch from clock_timestamp()) + 60 * (1 - ${tokens} / rate_limit::double precision)
  from public.api_keys, generate_series(1, rate_parts) part`;
