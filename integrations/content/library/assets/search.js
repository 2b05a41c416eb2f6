"use strict";
/* Searches CATALOGUE (catalogue.js) in the page itself; `fold` comes from fold.js. */
(function () {
  const LANGUAGES = Object.keys(WORDS);
  const element = (id) => document.getElementById(id);
  let language = LANGUAGES[0];

  function words() {
    return WORDS[language];
  }

  function found() {
    const wanted = fold(element("query").value).split(" ").filter(Boolean);
    const subject = element("subject").value;
    const spoken = element("spoken").value;
    return CATALOGUE
      .filter((one) => !subject || one.subject === subject)
      .filter((one) => !spoken || one.languages.includes(spoken))
      .map((one) => [one, wanted.map((word) => rank(one, word))])
      .filter(([, ranks]) => ranks.every((each) => each > 0))
      .sort((a, b) => total(b[1]) - total(a[1]))
      .map(([one]) => one);
  }

  /* 3: a word of the title begins so; 2: it stands in the title; 1: anywhere; 0: nowhere. */
  function rank(one, word) {
    if (` ${one.title_key}`.includes(` ${word}`)) return 3;
    if (one.title_key.includes(word)) return 2;
    return one.key.includes(word) ? 1 : 0;
  }

  function total(ranks) {
    return ranks.reduce((sum, each) => sum + each, 0);
  }

  function made(tag, text, attributes) {
    const node = document.createElement(tag);
    node.textContent = text;
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    return node;
  }

  function entry(one) {
    const item = made("li", "", { lang: one.language, dir: one.direction });
    item.append(made("a", one.title, { href: one.page }));
    if (one.description) item.append(made("div", one.description));
    const subject = words().subjects[one.subject];
    item.append(made("div", [subject, one.licence, one.creators].filter(Boolean).join(" · "),
      { class: "meta" }));
    return item;
  }

  function show() {
    const results = found();
    element("count").textContent = words().found.replace("{count}", results.length);
    element("results").replaceChildren(...results.slice(0, 200).map(entry));
  }

  function options(select, all, names, values) {
    const chosen = select.value;
    select.replaceChildren(made("option", all, { value: "" }),
      ...values.map((value) => made("option", names[value] || value, { value })));
    select.value = chosen;
  }

  function speak(code) {
    language = code;
    document.documentElement.lang = code;
    document.documentElement.dir = words().direction;
    document.title = words().title;
    element("title").textContent = words().title;
    element("query").placeholder = words().search;
    element("query").setAttribute("aria-label", words().search);
    const subjects = Object.keys(words().subjects)
      .filter((name) => CATALOGUE.some((one) => one.subject === name));
    options(element("subject"), words().all_subjects, words().subjects, subjects);
    const spoken = [...new Set(CATALOGUE.flatMap((one) => one.languages))].sort();
    options(element("spoken"), words().all_languages, words().languages, spoken);
    for (const button of element("languages").children) {
      button.setAttribute("aria-pressed", String(button.value === code));
    }
    show();
  }

  for (const code of LANGUAGES) {
    const button = made("button", WORDS[code].name, { type: "button", value: code, lang: code });
    button.addEventListener("click", () => speak(code));
    element("languages").append(button);
  }
  for (const id of ["query", "subject", "spoken"]) element(id).addEventListener("input", show);
  element("search").addEventListener("submit", (event) => event.preventDefault());
  speak(LANGUAGES[0]);
})();
