type OwnPackage = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
};

/** The client's own package: installed from the function's, it would bring along what the function depends on. */
export const buildClientPackage = ({ name, version, license, engines }: OwnPackage): string => {
  const content = {
    name,
    version,
    description: 'The typed client of crm-api: sends a message to a CRM contact, never twice.',
    license,
    private: true,
    type: 'module',
    exports: { './client': { types: './dist/client.d.ts', default: './dist/client.js' } },
    files: ['dist'],
    engines,
    scripts: { prepack: 'tsc -p tsconfig.json' },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
};
