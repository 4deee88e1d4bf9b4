-- Runs first: if a project that is in use has any of these names, nothing is made, and the error lists them.
do $$
declare
  v_relations text[] := array[
    'agents', 'api_keys', 'connections', 'contact_addresses', 'contacts', 'conversations', 'jobs', 'message_attempts',
    'messages', 'senders', 'sub_accounts', 'webhook_events',
    'agents_connection_idx', 'api_keys_sub_account_id_idx', 'contact_addresses_contact_idx',
    'contact_addresses_only_sender_idx', 'conversations_answering_agent_idx', 'conversations_contact_idx',
    'jobs_due_idx', 'jobs_lease_idx', 'jobs_tried_idx',
    'messages_agent_usage_idx', 'messages_composing_idx',
    'messages_echo_idx', 'messages_email_message_id_idx', 'messages_history_idx', 'messages_idempotency_key_idx',
    'messages_last_subject_idx', 'messages_lease_idx', 'messages_open_replies_idx',
    'messages_provider_message_id_idx', 'messages_queued_by_key_idx', 'messages_queues_idx',
    'messages_recent_idx', 'messages_sent_by_idx', 'messages_unread_idx', 'senders_answering_agent_idx',
    'senders_connection_idx', 'senders_domain_idx', 'senders_mailbox_idx', 'webhook_events_connection_idx'
  ];
  v_functions text[] := array[
    'begin_send', 'claim_jobs', 'claim_sends', 'commit_reply', 'complete_text', 'describe_installation',
    'get_connection', 'get_message', 'import_contacts', 'look_again', 'record_webhook', 'rekey_addresses',
    'release_claims', 'revoke_key', 'settle_job', 'settle_send'
  ];
  v_taken text[] := array(
    select 'schema ' || n.nspname from pg_catalog.pg_namespace n where n.nspname = 'crm_api'
    union all
    select 'public.' || c.relname from pg_catalog.pg_class c
    where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relname = any (v_relations)
    union all
    select 'public.' || t.typname from pg_catalog.pg_type t
    where t.typnamespace = 'public'::pg_catalog.regnamespace and t.typname = any (v_relations) and t.typrelid = 0
    union all
    select distinct 'public.' || p.proname || '()' from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::pg_catalog.regnamespace and p.proname = any (v_functions)
    order by 1
  );
begin
  if v_taken <> '{}' then
    raise exception 'crm-api was not installed, and nothing is changed: this database has % already.',
      pg_catalog.array_to_string(v_taken, ', ')
      using errcode = 'duplicate_object',
        hint = 'Install crm-api in a project of its own, or rename those: docs/deploy.md, step 1.';
  end if;
end;
$$;
