-- Only the service role may call the functions.

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'crm_api'::regnamespace
      or (p.pronamespace = 'public'::regnamespace and p.proname = any (array[
        'begin_send', 'claim_jobs', 'claim_sends', 'commit_reply', 'complete_text', 'describe_installation',
        'get_connection', 'get_message', 'import_contacts', 'look_again', 'record_webhook', 'rekey_addresses',
        'release_claims', 'revoke_key', 'settle_job', 'settle_send'
      ]))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end;
$$;
