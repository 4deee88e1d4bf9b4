import type { Compatibility } from '../../dev/machine/worker-compatibility.ts';

/** A binding of a worker: text, the text of a file, or the right to start other workers. */
type Binding = { readonly text: string } | { readonly file: string } | 'workerLoader';

export type WorkerSettings = Compatibility & {
  /** A path beside the configuration. */
  readonly file: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  /** Every `fetch` goes to this address and port, whatever its host. Without it, the network is as usual. */
  readonly outbound?: string;
};

// Cap'n Proto's text has the same strings as JSON, as long as they are ASCII.
const quote = (text: string): string => JSON.stringify(text);

const describeBinding = ([name, binding]: [string, Binding]): string => {
  const what =
    binding === 'workerLoader'
      ? 'workerLoader = ()'
      : 'text' in binding
        ? `text = ${quote(binding.text)}`
        : `text = embed ${quote(binding.file)}`;
  return `    (name = ${quote(name)}, ${what}),`;
};

/** The configuration of one worker on a port that the system chooses. */
export const describeWorker = (settings: WorkerSettings): string => {
  const { compatibilityDate, compatibilityFlags, file, bindings, outbound } = settings;
  const services = ['(name = "main", worker = .worker)'];
  if (outbound !== undefined) {
    services.push(`(name = "outbound", external = (address = ${quote(outbound)}, http = ()))`);
  }
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [${services.join(', ')}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed ${quote(file)})],
  compatibilityDate = ${quote(compatibilityDate)},
  compatibilityFlags = [${compatibilityFlags.map(quote).join(', ')}],
  bindings = [
${Object.entries(bindings).map(describeBinding).join('\n')}
  ],${outbound === undefined ? '' : '\n  globalOutbound = "outbound",'}
);
`;
};
