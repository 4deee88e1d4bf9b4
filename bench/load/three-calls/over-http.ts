import { Agent, request } from 'node:http';
import type { Transport } from './three-calls.ts';

const agent = new Agent({ keepAlive: true });

/** By Node's own client, over connections that stay open. */
export const overHttp: Transport = (url, headers) => {
  const { hostname, port, pathname: path } = new URL(url);
  const options = { agent, method: 'POST', hostname, port, path, headers };
  const post = (body: string) =>
    new Promise<string>((resolve, reject) => {
      const call = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.once('end', () => resolve(text));
        response.once('error', reject);
      });
      call.once('error', reject);
      call.end(body);
    });
  return async (body) => JSON.parse(await post(body));
};
