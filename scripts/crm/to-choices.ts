type Choice = { readonly id: string; readonly name: string; readonly label?: string };

const most = 20;

/** The choices, a line each, but never so many that the question scrolls out of sight. */
export const toChoices = (rows: readonly Choice[], command: string): string => {
  const lines = rows.slice(0, most).map(({ id, name, label = name }) => `\n  ${id}  ${label}`);
  const rest = rows.length > most ? `\n  … \`npm run crm -- ${command}\` shows all.` : '';
  return `${lines.join('')}${rest}`;
};
