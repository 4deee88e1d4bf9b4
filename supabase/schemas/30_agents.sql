-- Agents' tokens: how many are left of the daily limit.

create function crm_api.spent_today(p_agent_id uuid)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(sum((m.usage ->> 'input_tokens')::bigint + (m.usage ->> 'output_tokens')::bigint), 0)
    from public.messages m
    where m.agent_id = p_agent_id and m.usage is not null
      and m.created_at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc'
  );
end;
$$;

-- Counts a message while its agent writes it: the most that history, rules and reply may cost, and the operator's own
-- words at four characters a token.
create function crm_api.reserve_tokens(p_instructions text, p_prompt text)
returns integer
language sql
immutable
set search_path = ''
as $$
  select 8000 + (length(p_instructions) + coalesce(length(p_prompt), 0)) / 4
$$;

-- Says what is left of the agent's daily limit for this message: `left`; `reserved`, if its other messages may use up
-- the rest; or `used_up`. A request for the same agent waits until this one has committed, so that of many at once each
-- counts those before it. The limit itself bounds how much is counted.
create function crm_api.count_tokens_left(p_agent public.agents, p_message_id uuid)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_spent bigint;
  v_reserved bigint;
begin
  if p_agent.daily_token_limit is null then
    return 'left';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tokens ' || p_agent.id, 0));
  -- One statement: a message whose cost is stored meanwhile counts once, either as reserved or as spent.
  select crm_api.spent_today(p_agent.id), coalesce(sum(crm_api.reserve_tokens(p_agent.instructions, m.prompt)), 0)
  into v_spent, v_reserved
  from public.messages m
  where m.agent_id = p_agent.id and m.status = 'composing' and m.lease_expires_at > now() and m.id <> p_message_id;
  return case
    when v_spent >= p_agent.daily_token_limit then 'used_up'
    when v_spent + v_reserved >= p_agent.daily_token_limit then 'reserved'
    else 'left'
  end;
end;
$$;
