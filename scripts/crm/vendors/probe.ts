import type { Channel, ProviderIo } from '../../../src/ports/channel.ts';

/** What a vendor says of a connection's credentials; `problem` is one sentence with what to do, and repeats no secret. */
export type Checked =
  | {
      readonly ok: true;
      /** The vendor's name for the account, where it tells one. */
      readonly account: string | null;
      /** What else is worth knowing of credentials that work. */
      readonly note?: string;
    }
  | { readonly ok: false; readonly problem: string };

/** Where a vendor calls back for one sender. */
export type ConfiguredWebhook =
  | { readonly known: true; readonly urls: readonly string[] }
  /** The vendor cannot be asked with these credentials; `look` says where in its console to look. */
  | { readonly known: false; readonly look: string };

type ProbedSender = { readonly channel: Channel; readonly address: string };

/** What can be asked of a vendor without sending anything. Nothing here throws for what a vendor does. */
export type VendorProbe = {
  /** The vendor's cheapest authenticated read. */
  readonly check: (credentials: unknown, io: ProviderIo) => Promise<Checked>;
  /** Null for vendors that never call back: models. */
  readonly readWebhook:
    | ((credentials: unknown, sender: ProbedSender, io: ProviderIo) => Promise<ConfiguredWebhook>)
    | null;
};
