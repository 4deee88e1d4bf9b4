import { type Model, startModel } from '../../dev/model.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';

export type Doubles = {
  readonly vendors: Vendors;
  readonly model: Model;
  /** The address of the double for each vendor's and model's host. */
  readonly origins: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

/** Starts a double of everything that the function calls, except the database. */
export const startDoubles = async (): Promise<Doubles> => {
  const [vendors, model] = await Promise.all([startVendors(), startModel()]);
  return {
    vendors,
    model,
    origins: {
      ...vendors.origins,
      'api.openai.com': model.origin,
      'api.anthropic.com': model.origin,
    },
    stop: async () => {
      await Promise.all([vendors.stop(), model.stop()]);
    },
  };
};
