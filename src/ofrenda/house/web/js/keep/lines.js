// What the house says of files is written in English with numbers in it; here it finds its Chinese.
import { current, say } from "/js/words.js";
import lines from "/i18n/lines_zh.js";

const NUMBER = /\d[\d,]*/g;

export function known(line) {
  return line.replace(NUMBER, "#") in lines;
}

export function inWords(line) {
  if (current() !== "zh") return line;
  const numbers = line.match(NUMBER) ?? [];
  const found = lines[line.replace(NUMBER, "#")];
  return found === undefined ? line : found.replace(/#/g, () => numbers.shift() ?? "");
}

export function reason(key) {
  return say(`reason_${key}`);
}
