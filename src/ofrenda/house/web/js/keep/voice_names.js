// How a voice and its figures are called.
import { count, day, say } from "/js/words.js";

// The day tells two of one kind apart.
export function nameOf(one, all) {
  const name = plainName(one);
  const same = all.filter((other) => plainName(other) === name);
  if (same.length < 2) return name;
  const days = same.filter((other) => other.made.slice(0, 10) === one.made.slice(0, 10));
  const dated = say("voice_dated", { name, day: day(one.made.slice(0, 10)) });
  return days.length < 2 ? dated : `${dated} (${days.indexOf(one) + 1})`;
}

function plainName(one) {
  return one.tier ? say(`voice_tier_${one.tier}`) : one.engine;
}

export const percent = (share) => `${Math.round(share * 100)} %`;

export function numbered(number, places = 1) {
  return count(Number(number.toFixed(places)));
}
