// The first password, and logging in.

import { post } from "./api.js";
import { t } from "./language.js";
import { complain, field, h, wordsOf } from "./ui.js";

const NAME = "maskline-name";

/** Shows the door; `done` is called once somebody is in. */
export function show(view, session, done) {
  const first = session.state === "setup";
  document.title = `${first ? t("First visit") : t("Log in")} · Maskline`;
  const code = h("input", {
    name: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
    required: true, placeholder: "XXXX-XXXX-XXXX-XXXX",
  });
  const password = h("input", {
    type: "password", name: "password", required: true,
    autocomplete: first ? "new-password" : "current-password",
  });
  const name = h("input", {
    name: "name", autocomplete: "username", maxlength: "40", value: remembered(),
  });
  const wrong = h("p", { class: "notice bad", role: "alert", hidden: true });
  const parts = [];
  if (first) {
    parts.push(
      h("p", {}, t("Welcome. Nobody has set a password on this box yet.")),
      field(t("Setup code"), code,
        t("On the box's label, in its log, and in the file setup-code of its data folder.")),
      field(t("New password"), password,
        t("At least {n} characters. Three words are good.", { n: session.shortest_password })),
    );
  } else {
    parts.push(field(t("Password"), password));
  }
  parts.push(field(t("Your name"), name, t("Optional. Noted beside what you change.")));
  const verb = first ? t("Set the password") : t("Log in");
  const submit = h("button", { type: "submit", class: "primary" }, verb);
  const send = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    wrong.hidden = true;
    [code, password].forEach((input) => input.id && complain(input, ""));
    remember(name.value);
    const typed = { password: password.value, name: name.value };
    try {
      if (first) await post("/page/setup", { ...typed, code: code.value });
      else await post("/page/login", typed);
      done();
    } catch (error) {
      if (error.place === "body /code") complain(code, wordsOf(error));
      else if (error.place === "body /password") complain(password, wordsOf(error));
      else {
        wrong.textContent = wordsOf(error);
        wrong.hidden = false;
      }
    } finally {
      submit.disabled = false;
    }
  };
  view.append(
    h("form", { class: "door card", onsubmit: send, "aria-labelledby": "door-title" },
      h("img", { src: "/page/icon.svg", alt: "", width: "56", height: "56" }),
      h("h1", { id: "door-title" }, first ? t("Set up Maskline") : "Maskline"),
      parts, wrong, submit),
  );
  (first ? code : password).focus();
}

function remembered() {
  try {
    return localStorage.getItem(NAME) || "";
  } catch {
    return "";
  }
}

function remember(name) {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // A browser that keeps nothing asks again.
  }
}
