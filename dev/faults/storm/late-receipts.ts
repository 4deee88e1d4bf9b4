/**
 * Where a vendor would post receipts for what it took, also for calls whose answer was lost: they would settle what is
 * unknown. The API does not serve POST /webhooks/{provider}/{connection_id} yet; once it does, the doubles post here,
 * after the sweeper and before the comparison.
 */
export const postLateReceipts = (): Promise<string> =>
  Promise.resolve('not applicable, for the API serves no incoming webhooks yet');
