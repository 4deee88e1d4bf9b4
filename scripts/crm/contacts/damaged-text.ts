import { cleanText } from '../../../src/lib/clean-text.ts';
import { findOddity, isSpreadsheetError } from '../typed-text.ts';

/** A decoder puts this in the place of bytes that are not UTF-8. */
const undecodable = '\uFFFD';

/** UTF-8 that was read as Latin-1 and written again: `JÃ¼rgen`. */
const readTwice =
  /[ÂÃ][\u0080-\u00BF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|[ÄÅ][\u0080-\u009F\u00A1-\u00BF]|â€/;

/** A letter that the encoding does not have: `J?rgen`. */
const lostLetter = /\p{L}\?+\p{L}/u;

/** Whether a value was saved in an encoding that is not UTF-8. Checked before anything is removed from the value. */
export const isWronglyEncoded = (value: string): boolean =>
  value.includes(undecodable) || readTwice.test(value);

const longest = { name: 200, conversationId: 255 } as const;

export const findDamageInName = (name: string): string | undefined => {
  if (name.length > longest.name) return `the name is longer than ${longest.name} characters`;
  if (isSpreadsheetError(name)) return "a spreadsheet's error stands in the place of the name";
  return lostLetter.test(name)
    ? 'the name has a question mark in the place of a letter: save the file as "CSV UTF-8" where it comes from'
    : undefined;
};

/** Excel keeps fifteen digits, and turns the rest into zeros. */
const cutDigits = /^\d{15}0{3,}$/;

const isNumberOfSpreadsheet = (id: string): boolean =>
  /^\d+[.,]0{1,2}$/.test(id) || /^\d(?:[.,]\d+)?e\+\d+$/i.test(id) || cutDigits.test(id);

const noValue = new Set(['NULL', 'NaN', 'nan', 'None', 'undefined', 'null']);

/** The caller sends to exactly this id, so it is never corrected. */
export const findDamageInId = (id: string): string | undefined => {
  if (id.length > longest.conversationId) {
    return `the conversation id is longer than ${longest.conversationId} characters`;
  }
  if (isNumberOfSpreadsheet(id)) {
    return 'a spreadsheet has made a number of the conversation id: format the column as text';
  }
  if (isSpreadsheetError(id) || noValue.has(id)) {
    return "there is no conversation id, but a program's word for no value: leave the cell empty";
  }
  const odd = findOddity(cleanText(id), /[^\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u);
  return odd === null
    ? undefined
    : `the conversation id has ${odd} in it, which nobody sees: take it out`;
};
