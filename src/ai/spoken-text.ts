/**
 * The part of a model's text that is for a reader. `thoughts`: there was nothing else. `markup`: the rest is not a text
 * for a person.
 */
export type Spoken =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thoughts' }
  | { readonly type: 'markup' };

// Models put their own words before and after the usual ones: seed:think, longcat_think, chain_of_thought.
const thought =
  '(?:\\w{1,16}:)?(?:reason|reflect(?:ion)?|analysis|(?:\\w{1,24}_)?(?:think(?:ing)?|thoughts?|reasoning|cot|scratchpad|monologue)(?:_\\w{1,24})?)';
// A tag as models and the gateways before them write it: <x>, ＜x＞, &lt;x&gt;, ◁x▷.
const tag = (slash: string, name: string) =>
  `(?:[<＜◁]|&lt;)\\s{0,3}${slash}${name}(?:\\s[^<>＞▷&\\n]{0,80})?\\s{0,3}(?:[>＞▷]|&gt;)`;
const token = (name: string) => `<[|｜]\\s{0,3}(?:${name})\\s{0,3}[|｜]>`;

const closingThought = new RegExp(
  [
    tag('/\\s{0,3}', thought),
    `\\[/${thought}\\]`,
    token(`/${thought}|end[_▁ ]?(?:of[_▁ ])?${thought}|inner_suffix`),
    // Gemma's.
    '<channel\\|>|<unused95>',
  ].join('|'),
  'gi',
);
const openingThought = new RegExp(
  [
    tag('', thought),
    token(`${thought}|(?:start|begin)[_▁ ]?(?:of[_▁ ])?${thought}|inner_prefix`),
    '<\\|channel>|<unused94>',
    // A fold of HTML, in which some gateways show thoughts.
    '<details\\s[^<>\\n]{0,80}type=["\']?reasoning',
  ].join('|'),
  'i',
);
// Only in capitals: a person may write [think].
const bracketedThought = /\[(?:THINK(?:ING)?|THOUGHTS?|REASONING)\]/;

// gpt-oss writes for the reader in the channel `final`.
const finalChannel = /<\|channel\|>\s{0,3}final(?:[^<]|<\|constrain\|>){0,80}<\|message\|>/g;
const anyChannel = /<\|(?:channel|message)\|>/;
// The same, if the server has removed the tokens and left their words in the text.
const bareThought =
  /^\s*(?:assistant\s{0,3})?(?:analysis|commentary)(?=[A-Z])|^\s*assistant\s{0,3}final(?=[A-Z])/;
const bareFinal = /assistant\s{0,3}(?:commentary\s{0,3})?final/g;
// Granite's.
const spokenThought = /^\s*here(?: is|['’]s) my thought process:/i;
const spokenAnswer = /here(?: is|['’]s) my response:/gi;

const role = '(?:assistant|model|chatbot|ai|gpt)';
const leading = new RegExp(
  `^(?:\\s|${[
    `<[|｜](?:im_start|start)[|｜]>\\s{0,3}${role}`,
    `<[|｜]start_header_id[|｜]>\\s{0,3}${role}\\s{0,3}<[|｜]end_header_id[|｜]>`,
    `(?:<start_of_turn>|<\\|turn>)\\s{0,3}${role}`,
    token(
      `${role}|begin[_▁]of[_▁](?:text|sentence|solution|box)|start_of_turn_token|chatbot_token|start_response|start_text|startoftext|im_sep|bos`,
    ),
    `\\[[|｜]${role}[|｜]\\]`,
    '<s>|<bos>|\\[BOS\\]',
  ].join('|')})+`,
  'i',
);
// Ends the message: the end of its turn, or the beginning of somebody else's.
const end = new RegExp(
  [
    token(
      'im_end|eo[tm]_id|eot|eom|eos|end|end_?of_?(?:text|turn|utterance)|return|end[_▁]of[_▁](?:sentence|solution|box)|end_of_turn_token|end_response|end_text|user|system|observation|pad',
    ),
    `<[|｜](?:im_start|start_header_id|start)[|｜]>\\s{0,3}(?:user|human|system|tool|function|ipython)`,
    '(?:<start_of_turn>|<\\|turn>)\\s{0,3}(?:user|human|system|tool)',
    '<end_of_turn>|<turn\\|>|<eos>|\\[\\|(?:endofturn|user|system)\\|\\]|\\[EOS\\]',
  ].join('|'),
  'i',
);
const endOfSequence = /<\/s>/i;

const wrapper = /^\s*<(answer|response|reply|final_answer|solution|output|contact_message)>/i;
const ownName = /<\/?contact_name>/gi;

const leftMarkup = new RegExp(
  [
    // Any token of a chat template, in each of these spellings.
    '<\\/?[|｜]\\/?[\\p{L}\\p{N}_▁:./-]{1,60}[|｜>]|<[\\w▁]{2,60}[|｜]>|\\[\\|\\/?\\w{1,40}\\|\\]',
    '<\\/?(?:start_of_turn|end_of_turn|bos|eos|pad|unk|(?:unused|extra_id_|special_)\\d{1,4}|0x[\\da-f]{2}|image_soft_token)>',
    tag(
      '\\/?\\s{0,3}',
      '(?:\\w{1,24}[:_-])?(?:tool_?(?:calls?|responses?|results?|use|code|outputs?|sep)|function_?(?:calls?|results?|response)|invoke|arg_(?:key|value)|(?:contact|operator)_(?:message|name|request)|time_note)',
    ),
    '<\\/?(?:function|parameter)(?:=[^<>\\n]{1,80})?>',
    '```tool_(?:code|call)',
    '<<\\/?SYS>>',
  ].join('|'),
  'iu',
);
const leftBrackets =
  /\[\/?(?:INST|TOOL_CALLS?|TOOL_RESULTS?|TOOL_CONTENT|AVAILABLE_TOOLS|SYSTEM_PROMPT|THINK|ARGS|CALL_ID)\]/;

const afterLast = (text: string, marker: RegExp): string | null => {
  let from: number | null = null;
  for (const found of text.matchAll(marker)) from = found.index + found[0].length;
  return from === null ? null : text.slice(from);
};

const before = (text: string, marker: RegExp): string => {
  const at = text.search(marker);
  return at === -1 ? text : text.slice(0, at);
};

/** Null: the text has no channel for the reader. */
const finalOf = (text: string): string | null => {
  if (anyChannel.test(text)) return afterLast(text, finalChannel);
  if (bareThought.test(text)) return afterLast(text, bareFinal);
  if (spokenThought.test(text)) return afterLast(text, spokenAnswer);
  return text;
};

/** Everything before the last closing tag is thought, even without an opening tag, which templates put into the prompt. */
const withoutThoughts = (text: string): string | null => {
  const spoken = finalOf(text);
  if (spoken === null) return null;
  return afterLast(spoken, closingThought) ?? spoken;
};

const unwrapped = (text: string): string => {
  const name = wrapper.exec(text)?.[1];
  if (name === undefined) return text;
  return before(text.replace(wrapper, ''), new RegExp(`</${name}>`, 'i'));
};

const withoutTurns = (text: string): string => {
  const answer = before(text.replace(leading, ''), end);
  // A text with an opening <s> is not cut there: that pair strikes text out.
  return /<s>/i.test(answer) ? answer : before(answer, endOfSequence);
};

/** Some models write a tool call as bare JSON. */
const isBareCall = (text: string): boolean =>
  /^\s*(?:functools)?[[{]\s*[{"]/.test(text) &&
  /"name"\s{0,3}:/.test(text) &&
  /"(?:arguments|parameters)"\s{0,3}:/.test(text);

/**
 * Removes the model's own thoughts, turns and tokens, in the spelling of any family. Takes time in proportion to the
 * text's length.
 */
export const toSpoken = (written: string): Spoken => {
  const spoken = withoutThoughts(written);
  if (spoken === null) return { type: 'thoughts' };
  const text = unwrapped(withoutTurns(spoken)).replaceAll(ownName, '');
  const unthought = before(before(text, openingThought), bracketedThought);
  if (unthought !== text) return { type: unthought.trim() === '' ? 'thoughts' : 'markup' };
  if (leftMarkup.test(text) || leftBrackets.test(text) || isBareCall(text))
    return { type: 'markup' };
  return { type: 'text', text };
};
