// A worker that runs another in an isolate of its own: a new one for each request, because it has no name.
// biome-ignore lint/style/noDefaultExport: Workers demand it.
export default {
  fetch(request, { LOADER, CODE, COMPATIBILITY, ENVIRONMENT }) {
    const worker = LOADER.get(null, () => ({
      ...JSON.parse(COMPATIBILITY),
      mainModule: 'worker.js',
      modules: { 'worker.js': CODE },
      env: JSON.parse(ENVIRONMENT),
    }));
    return worker.getEntrypoint().fetch(request);
  },
};
