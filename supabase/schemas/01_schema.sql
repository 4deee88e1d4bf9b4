create schema crm_api;
comment on schema crm_api is 'Parts of the public functions; not served over HTTP.';
grant usage on schema crm_api to service_role;
