import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { modelReplies } from '../../dev/model.ts';
import { blocksOf, readDocument } from '../docs/markdown.ts';

const readme = await readDocument('README.md');

/** Removes the parts that differ from run to run: ids, times, and which text the model's double chose. */
const settle = (output: string): string =>
  output
    .trim()
    .replace(/msg_[0-9a-z]{26}/g, 'msg_…')
    .replace(/\d+\.\d s/g, 'N s')
    .replace(/( AI .* (?:twilio|meta|resend) +).*/g, '$1…')
    .replace(/^(\w+ +(?:read|delivered) +).*$/gm, '$1…');

const modelTextsOf = (output: string): string[] =>
  [...output.matchAll(/ AI .* (?:twilio|meta|resend) +(.*?)…?$/gm)].map(([, text = '']) => text);

describe('the README', () => {
  it('shows what the demo really prints', async () => {
    const shown = blocksOf(readme).find(({ text }) => text.startsWith('Database, vendors'));
    const { exitCode, stdout } = await runCommand(process.execPath, [
      join(projectFolder, 'dev/demo.ts'),
    ]);
    expect(exitCode).toBe(0);
    expect(settle(shown?.text ?? '')).toBe(settle(stdout));
    for (const text of modelTextsOf(shown?.text ?? '')) {
      expect(modelReplies.some((reply) => reply.startsWith(text))).toBe(true);
    }
  });
});
