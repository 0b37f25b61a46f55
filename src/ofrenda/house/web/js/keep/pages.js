// The rooms of the keeper's house, in the order of the navigation. A new page is one module here:
// { id, title, lead, waits?(desk), show(room, shell), leave?() }.
import bring from "/js/keep/bring.js";
import files from "/js/keep/files.js";
import people from "/js/keep/people.js";
import aside from "/js/keep/aside.js";
import portrait from "/js/keep/portrait.js";

export const PAGES = [bring, files, people, aside, portrait];
