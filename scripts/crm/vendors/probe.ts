import type { Channel, ProviderIo } from '../../../src/ports/channel.ts';

/** The vendor's verdict on a connection's credentials. `problem` is one sentence with what to do, and repeats no secret. */
export type Checked =
  | {
      readonly ok: true;
      /** The vendor's name for the account, if it tells one. */
      readonly account: string | null;
      /** Other useful facts about credentials that work. */
      readonly note?: string;
    }
  | { readonly ok: false; readonly problem: string };

/** The address that a vendor calls for one sender. */
export type ConfiguredWebhook =
  | { readonly known: true; readonly urls: readonly string[] }
  /** The vendor cannot be asked with these credentials; `look` is the place in its console. */
  | { readonly known: false; readonly look: string };

type ProbedSender = { readonly channel: Channel; readonly address: string };

/** The questions to a vendor that send nothing. Nothing here throws for anything a vendor does. */
export type VendorProbe = {
  /** The vendor's cheapest authenticated read. */
  readonly check: (credentials: unknown, io: ProviderIo) => Promise<Checked>;
  /** Null for vendors that never call back: models. */
  readonly readWebhook:
    | ((credentials: unknown, sender: ProbedSender, io: ProviderIo) => Promise<ConfiguredWebhook>)
    | null;
};
