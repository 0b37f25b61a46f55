// What the house says of files is written in English with numbers in it; here it finds its Chinese.
import { current, say } from "/js/words.js";
import lines, { PATTERNS } from "/i18n/lines_zh.js";

const NUMBER = /\d[\d,]*/g;

export function inWords(line) {
  if (current() !== "zh") return line;
  const numbers = line.match(NUMBER) ?? [];
  const found = lines[line.replace(NUMBER, "#")];
  if (found !== undefined) return found.replace(/#/g, () => numbers.shift() ?? "");
  for (const [pattern, words] of PATTERNS) if (pattern.test(line)) return line.replace(pattern, words);
  return line;
}

export function reason(key) {
  return say(`reason_${key}`);
}
