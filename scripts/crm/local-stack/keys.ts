/** The keys that `npm run dev` starts its function and its database with. They open nothing outside this machine. */
export const localKeys = {
  /** supabase-js sends it as `apikey`; the embedded database refuses every request without it. */
  supabaseSecretKey: 'sb_secret_demo0000000000000000_00000000',
  /** Base64 of 32 bytes: seals the credentials in supabase/seed.sql. */
  credentialsKey: 'ZGVtby1vbmx5LWtleS0zMi1ieXRlcy1sb25nLS0tLS0=',
  cronSecret: 'demo-only-cron-secret',
} as const;
